// The labeling page: verdicts by target, one grid of categories for all of them, undo.
import { $, $$, broken, icon, listed, make, say, word } from './dom.js';
import { asksOther, asksSeverity, box, boxes, categoryRows, chosen, form, missing, openRows, other, picked, restore, rows, severityRow, snapshot } from './answers.js';
import { bindFind, focusFind } from './find.js';
import { bindKeys } from './keys.js';
import { current, define, look } from './strip.js';
import { drawMap, followLayout, paintCaps } from './keymap.js';
import { isOpen, toggleGuide } from './guide.js';
import { previous, submit } from './submit.js';
import { setStops } from './rove.js';
import { touch } from './draft.js';
import './timer.js';

let scope = '';      // a target's key, or '' for all that ask for categories
let undo = [];
let last = '';

const tiles = () => $$('.catblock .cat');
const titles = (list) => listed(list.map((row) => row.dataset.title));

/** Where a category goes now: the one side chosen, or every side that asks. */
function sides() {
  const open = openRows();
  const one = open.filter((row) => row.dataset.target === scope);
  return one.length ? one : open;
}

/* ── drawing ── */

function paintTiles() {
  const all = categoryRows();
  for (const tile of tiles()) {
    const on = all.filter((row) => box(row, tile.dataset.id)?.checked);
    $('input', tile).checked = on.length > 0;
    const badges = on.map((row) => make('b', { 'data-badge': row.dataset.badge }, row.dataset.badge));
    $('.pr', tile).replaceChildren(...(all.length > 1 ? badges : []));
  }
}

function paintScope() {
  const open = openRows();
  const to = sides();
  const all = categoryRows();
  $('.label-app').toggleAttribute('data-cats', open.length > 0);
  const seg = $('.sides');
  if (!seg) return;
  seg.hidden = all.length < 2 || !open.length;
  $('.tk').hidden = seg.hidden;
  for (const radio of $$('input', seg)) {
    radio.disabled = radio.value ? !open.some((row) => row.dataset.target === radio.value) : open.length < 2;
    radio.checked = to.length > 0 && radio.value === (to.length > 1 ? '' : to[0].dataset.target);
  }
  $('#cat-hint').textContent = open.length ? (all.length > 1 ? word('for') : '') : word('onlyFor', askingLabels());
}

/** The labels of the answers that ask for categories, in words: "Unsafe", "Needs caution or Unsafe". */
function askingLabels() {
  const labels = new Set();
  for (const row of categoryRows()) {
    for (const key of row.dataset.categoriesFor.split(' ')) labels.add($(`input[value="${CSS.escape(key)}"]`, row)?.dataset.label.toLocaleLowerCase());
  }
  return listed([...labels].filter(Boolean), word('or'));
}

function paintOther() {
  const place = $('.othf');
  if (!place) return;
  const asked = categoryRows().filter(asksOther);
  for (const row of categoryRows().filter(other)) {
    const field = other(row);
    const on = asked.includes(row);
    field.parentElement.hidden = !on;
    field.setAttribute('aria-invalid', String(on && !field.value.trim()));
  }
  $('.placeholder', place).hidden = asked.length > 0;
  place.classList.toggle('alone', categoryRows().length === 1);
}

function paintSeverity() {
  for (const row of rows().filter(severityRow)) severityRow(row).hidden = !asksSeverity(row);
}

function paintTags() {
  for (const tag of $$('.judge .vt')) {
    const card = tag.closest('.judge').dataset.target;
    const row = rows().find((each) => each.dataset.target === card && 'first' in each.dataset);
    const answer = row && chosen(row);
    tag.hidden = !row;
    tag.className = `tag vt js-only ${answer?.dataset.shape ?? ''}`;
    const mark = answer && answer.dataset.shape !== 'plain' ? [icon(answer.dataset.shape)] : [];
    tag.replaceChildren(...mark, answer ? answer.dataset.label : word('notJudged'));
  }
}

function paintNeed() {
  const found = missing();
  const need = $('#need');
  need.classList.remove('nudge');
  need.replaceChildren(...(found.length
    ? [make('span', {}, word('need', found.map((each) => each.text).join(', ')))]
    : [icon('safe', { 'data-v': 'safe' }), make('span', {}, word('ready'))]));
  $('#submit').setAttribute('aria-disabled', String(found.length > 0));
}

function paint() {
  paintScope();
  paintTiles();
  paintOther();
  paintSeverity();
  paintTags();
  paintNeed();
}

/* ── changing ── */

function settle() {
  const now = snapshot();
  if (now !== last && undo.at(-1) !== last) undo.push(last);
  last = now;
  paint();
  touch();
}

function back() {
  if (!undo.length) return;
  restore(undo.pop());
  last = snapshot();
  paint();
  touch();
  define(current());
  say(word('undone'));
}

/** Categories belong to an answer: when it no longer asks for them they go, and the strip says so. */
function dropUnasked(row) {
  if (!row.dataset.categories || openRows().includes(row)) return;
  const gone = picked(row);
  for (const each of boxes(row)) each.checked = false;
  if (!gone.length) return;
  const gones = tiles().filter((tile) => gone.includes(tile.dataset.id));
  define(gones[0], word('removed', listed(gones.map((tile) => tile.dataset.name)), row.dataset.title));
}

function dropSeverity(row) {
  const levels = severityRow(row);
  if (levels && !asksSeverity(row)) for (const each of $$('input', levels)) each.checked = false;
}

function answered(row) {
  dropUnasked(row);
  dropSeverity(row);
  settle();
  say(`${row.dataset.title}: ${chosen(row).dataset.label ?? ''}`);
}

function toggle(tile) {
  const to = sides();
  if (!to.length) {
    paintTiles();
    define(tile);
    return say(word('notAsked', askingLabels()));
  }
  const targets = to.map((row) => box(row, tile.dataset.id));
  const off = targets.every((each) => each.checked);
  for (const each of targets) each.checked = !off;
  const echo = word(off ? 'removed' : 'added', tile.dataset.name, titles(to));
  settle();
  define(tile, 'severe' in tile.dataset ? echo : '');
  say(echo);
  if ('freeText' in tile.dataset && !off) other(to[0])?.focus();
  return undefined;
}

function nextScope() {
  const open = openRows();
  if (open.length < 2) return say(open.length ? word('goTo', titles(open)) : word('notAsked', askingLabels()));
  const ring = ['', ...open.map((row) => row.dataset.target)];
  scope = ring[(ring.indexOf(scope) + 1) % ring.length];
  paint();
  return say(word('goTo', titles(sides())));
}

/* ── wiring: on the document, so that a swapped item needs no new listeners ── */

document.addEventListener('change', (event) => {
  const tile = event.target.closest('.catblock .cat');
  if (tile) return toggle(tile);
  if (event.target.name === 'scope') {
    scope = event.target.value;
    return paint();
  }
  const row = event.target.closest('.verdict');
  if (row) return answered(row);
  if (event.target.closest('.sev')) return settle();
  if (event.target.name === 'flagged') return touch();
  return undefined;
});

document.addEventListener('input', (event) => {
  if (event.target.closest('.othf')) {
    last = snapshot();
    paint();
    touch();
  } else if (event.target.name === 'comment') touch();
});

// Enter ends the one line about the risk; the next Enter submits.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.isComposing || !event.target.closest('.othf')) return;
  event.preventDefault();
  event.target.blur();
});

for (const sign of ['mouseover', 'focusin']) {
  document.addEventListener(sign, (event) => {
    const tile = event.target.closest?.('.catblock .cat');
    if (tile) look(tile);
  });
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-undo]')) back();
});

bindFind({ define, choose: toggle });
bindKeys({
  submit,
  previous,
  undo: back,
  scope: nextScope,
  find: focusFind,
  guide: () => toggleGuide(),
  comment: () => $('#comment')?.focus(),
  flag: () => $('#flag input').click(),
  skip: () => $('#skip')?.showPopover(),
  skipReason: (n) => $$('#skip [name=reason]')[n]?.click(),
  escape: () => isOpen() && toggleGuide(false),
  answer: (field, key) => {
    const input = $(`input[name="${CSS.escape(field)}"][value="${CSS.escape(key)}"]`, form());
    if (!input || input.checked) return;
    input.checked = true;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  },
  category: (id, event) => {
    const tile = tiles().find((each) => each.dataset.id === id);
    if (!tile) return;
    if (event.shiftKey) {
      define(tile);
      say(tile.dataset.def);
    } else toggle(tile);
  },
});

/* ── an item arrives ── */


function arrive() {
  if (!form()) return;
  scope = '';
  undo = [];
  const place = $('.othf');
  if (place) place.append(...$$('.plain .other'));
  for (const name of $$('.cat .nm', form())) name.replaceChildren(...broken(name.textContent));
  setStops(form());
  last = snapshot();
  paint();
  paintCaps();
  drawMap();
}

document.addEventListener('htmx:afterSwap', (event) => {
  if (event.target.id === 'item') arrive();
});
arrive();
followLayout();
