// Finds a category by its name or an alias; Enter chooses the first.
import { $, $$, say, word } from './dom.js';

const tiles = () => $$('.catblock .cat');

function hits(field) {
  const wanted = field.value.trim().toLocaleLowerCase();
  if (!wanted) return [];
  return tiles().filter((tile) => `${tile.dataset.name} ${tile.dataset.alias}`.toLocaleLowerCase().includes(wanted));
}

function paint(field, define) {
  const found = hits(field);
  const searching = !!field.value.trim();
  for (const tile of tiles()) {
    tile.classList.toggle('dim', searching && !found.includes(tile));
    tile.classList.toggle('hit', found[0] === tile);
  }
  if (found[0]) define(found[0]);
  if (searching) say(found[0] ? word('found', found.length, found[0].dataset.name) : word('noneFound'));
}

/** Wires the field; `define` shows a category, `choose` takes it. */
export function bindFind({ define, choose }) {
  const clear = (field) => {
    field.value = '';
    paint(field, define);
    field.blur();
  };
  document.addEventListener('input', (event) => {
    if (event.target.id === 'find') paint(event.target, define);
  });
  document.addEventListener('keydown', (event) => {
    if (event.target.id !== 'find' || event.isComposing) return;
    if (event.key === 'Escape') clear(event.target);
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [first] = hits(event.target);
    clear(event.target);
    if (first) choose(first);
  });
}

export const focusFind = () => $('#find')?.focus();
