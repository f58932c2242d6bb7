// The few helpers that every module shares.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Says a sentence to screen readers; a repeated sentence is said again. */
export function say(text) {
  const live = $('#live');
  if (!live) return;
  live.textContent = '';
  requestAnimationFrame(() => { live.textContent = text; });
}

/** A translated sentence of the page (data-* of #words) with {0}, {1} filled in. */
export function word(key, ...values) {
  const text = $('#words')?.dataset[key] ?? '';
  return text.replace(/\{(\d)\}/g, (_, n) => values[n] ?? '');
}

/** Makes an element; children are nodes or plain text, never markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** "Copyright/Trademark" as nodes that may break after each slash. */
export function broken(text) {
  const parts = text.split('/');
  return parts.flatMap((part, n) => (n < parts.length - 1 ? [`${part}/`, make('wbr')] : [part]));
}

/** An icon of the sprite. */
export function icon(name, attributes = {}) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.setAttribute('class', 'v');
  svg.setAttribute('aria-hidden', 'true');
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  svg.append(use);
  return svg;
}

/** Whether keys belong to a field that takes text. */
export const typing = (target) =>
  !!target?.closest?.('textarea, select, input:not([type=radio], [type=checkbox], [type=range]), [contenteditable]');

/** Joins names: "a", "a and b", "a, b and c". */
export function listed(names, last = word('and')) {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}
