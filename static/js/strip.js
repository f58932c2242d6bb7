// The strip under the grid has a fixed place: a definition, and the echo of a severe or an automatic change.
import { $, icon, make, word } from './dom.js';
import { follow, sectionOf } from './guide.js';

let at = null;

/** Shows what a category means; `echo` is a sentence about a change that can be undone. */
export function define(tile, echo = '') {
  const strip = $('#defn');
  if (!strip || !tile) return;
  at = tile.dataset.id;
  const parts = [make('b', {}, `${tile.dataset.name}.`), ` ${tile.dataset.def} `];
  if (tile.dataset.ex) parts.push(make('span', { class: 'ex' }, `${word('notThis')} ${tile.dataset.ex}`), ' ');
  const section = sectionOf(at);
  parts.push(make('a', { href: '#guide', 'data-guide': '' }, section ? word('guideSection', section) : word('guide')));
  if (echo) {
    const undo = make('button', { type: 'button', class: 'btn small', 'data-undo': '' }, word('undo'), ' ', make('kbd', {}, 'Ctrl Z'));
    parts.unshift(make('span', { class: 'echo' }, icon('unsafe'), make('span', {}, echo), undo));
  }
  strip.replaceChildren(...parts);
  follow(at);
}

/** An echo stays until the next change: resting on another tile does not take it away. */
export function look(tile) {
  if (!$('#defn .echo')) define(tile);
}

export const current = () => at && $(`.catblock .cat[data-id="${CSS.escape(at)}"]`);
