// Draws the map of keys from the registry, and shows caps as they stand on the keyboard in use.
import { $, $$, broken, make, word } from './dom.js';
import { form, rows } from './answers.js';
import { keymap } from './keys.js';

const LINES = [
  'Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal',
  'KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight',
  'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote',
  'KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash',
];
const PRINTED = { Minus: '-', Equal: '=', BracketLeft: '[', BracketRight: ']', Semicolon: ';', Quote: "'", Comma: ',', Period: '.', Slash: '/' };
const KIND = { core: 'k-core', fine: 'k-fine', overflow: 'k-oth', safe: 'k-safe', caution: 'k-cau', unsafe: 'k-uns' };

let layout = null;
const cap = (code) => (layout?.get(code) ?? PRINTED[code] ?? code.replace(/^Key|^Digit/, '')).toUpperCase();

function ofCategory(id) {
  const tile = $(`.cat[data-id="${CSS.escape(id)}"]`, form());
  const kind = Object.keys(KIND).find((name) => tile?.parentElement.classList.contains(name));
  return [tile?.dataset.name ?? id, KIND[kind] ?? ''];
}

function ofAnswer(field, answer) {
  const input = $(`input[name="${CSS.escape(field)}"][value="${CSS.escape(answer)}"]`, form());
  const row = input?.closest('[data-title]');
  const kind = KIND[input?.dataset.shape] ?? '';
  const short = input ? $('span', input.parentElement).textContent : answer;
  const asked = row && 'categories' in row.dataset ? row.dataset.title : row?.dataset.questionTitle ?? '';
  return [`${asked} ${short.toLocaleLowerCase()}`, kind];
}

function described(code) {
  const [action, ...args] = keymap()[code] ?? [];
  if (!action) return ['', 'off'];
  if (action === 'category') return ofCategory(...args);
  if (action === 'answer') return ofAnswer(...args);
  return [word(`key${action[0].toUpperCase()}${action.slice(1)}`), ''];
}

/** Draws the map for the item on the page. */
export function drawMap() {
  const map = $('#kbmap');
  if (!map || !form() || !rows()) return;
  map.replaceChildren(...LINES.map((line, n) => make('div', { class: `row row-${n}` }, ...line.split(' ').map((code) => {
    const [text, kind] = described(code);
    return make('div', { class: `key ${kind}` }, make('b', {}, cap(code)), make('span', { title: text }, ...broken(text)));
  }))));
}

/** Caps on the page follow the layout of the keyboard where the browser tells it. */
export async function followLayout() {
  if (!navigator.keyboard?.getLayoutMap) return;
  try {
    layout = await navigator.keyboard.getLayoutMap();
  } catch {
    return;
  }
  paintCaps();
  drawMap();
}

export function paintCaps() {
  if (!layout?.size) return;
  for (const [code, [action, ...args]] of Object.entries(keymap())) {
    const place = action === 'category' ? `kbd[data-code="${code}"]` : `kbd[data-do="${action}"]`;
    const input = action === 'answer' && $(`input[name="${CSS.escape(args[0])}"][value="${CSS.escape(args[1])}"]`);
    for (const key of input ? $$('kbd', input.parentElement) : $$(place)) if (layout.get(code)) key.textContent = cap(code);
  }
}
