// Adjudication by keyboard: arrows choose a row, letters and numbers take that column's value.
import { $, $$, say, typing } from './dom.js';

const form = $('#adj-form');
const rows = $$('.matrix tbody tr[data-asked]');
const need = $('#adj-need');
const REASONS = { KeyU: 0, KeyI: 1, KeyO: 2, KeyP: 3 };
let now = 0;

function go(to) {
  now = Math.max(0, Math.min(rows.length - 1, to));
  rows.forEach((row, n) => row.classList.toggle('now', n === now));
  rows[now]?.scrollIntoView({ block: 'nearest' });
}

function showJury() {
  const table = $('.matrix');
  if (table.dataset.jury !== 'hidden') return;
  delete table.dataset.jury;
  $('.juryph')?.remove();
  for (const each of $$('.jury[hidden]')) each.hidden = false;
  say(need.dataset.shown);
}

const open = () => rows.filter((row) => row.dataset.kind === 'value' && !$('input:checked', row));

function paint() {
  const left = open().length;
  const reason = $('input[name=reason]:checked', form);
  const { dataset } = need;
  need.textContent = left ? dataset.left.replace('{0}', String(left)) : reason ? dataset.ready : dataset.why;
  $('#adj-save').setAttribute('aria-disabled', String(left > 0 || !reason));
}

function take(row, voice) {
  const label = $(`td[data-voice="${CSS.escape(voice)}"] label`, row);
  const cell = $(`td[data-voice="${CSS.escape(voice)}"] .cell`, row);
  if (!cell) return;
  if (row.dataset.kind === 'category') {
    const box = $('.final input', row);
    box.checked = !!label;
    box.dispatchEvent(new Event('change', { bubbles: true }));
  } else label?.click();
}

function majority() {
  for (const row of rows) {
    const picks = $$('td[data-voice]:not(.jury) .cell', row);
    if (row.dataset.kind === 'category') {
      const box = $('.final input', row);
      box.checked = picks.filter((each) => each.matches('.yes')).length * 2 > picks.length;
      continue;
    }
    for (const input of $$('.final input', row)) {
      if ($$(`td[data-voice]:not(.jury) label[for="${CSS.escape(input.id)}"]`, row).length * 2 > picks.length) input.checked = true;
    }
  }
  showJury();
  paint();
}

form.addEventListener('change', (event) => {
  const row = event.target.closest('tr[data-asked]');
  if (row) {
    showJury();
    go(rows.indexOf(row));
  }
  paint();
});

$('#show-jury')?.addEventListener('click', (event) => {
  event.preventDefault();
  showJury();
});
$('#take-majority').addEventListener('click', majority);

function reason(code) {
  const input = $$('input[name=reason]', form)[REASONS[code]];
  input.checked = true;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

const DO = {
  ArrowDown: () => go(now + 1),
  ArrowUp: () => go(now - 1),
  KeyJ: showJury,
  KeyM: majority,
  BracketLeft: () => $('#previous-form')?.requestSubmit(),
};

document.addEventListener('keydown', (event) => {
  const enter = event.code === 'Enter' || event.code === 'NumpadEnter';
  if (event.isComposing || event.altKey || event.repeat) return;
  if (enter && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit($('#adj-save'));
    return;
  }
  if (event.ctrlKey || event.metaKey || typing(event.target) || $('[data-menu][open]')) return;
  const column = /^(?:Key([A-H])|Digit(\d))$/.exec(event.code);
  if (enter && !event.target.closest('button, a, summary')) form.requestSubmit($('#adj-save'));
  else if (DO[event.code]) DO[event.code]();
  else if (event.code in REASONS) reason(event.code);
  else if (column && rows[now] && !event.shiftKey) take(rows[now], column[1] ?? column[2]);
  else return;
  event.preventDefault();
});

// Incomplete answers stay here, and say what is missing.
form.addEventListener('submit', (event) => {
  const [row] = open();
  const missing = row ? $('input', row) : $('input[name=reason]:checked', form) ? null : $('input[name=reason]', form);
  if (!missing) return;
  event.preventDefault();
  if (row) go(rows.indexOf(row));
  missing.focus();
  say(need.textContent);
});

go(0);
paint();
$('#problems')?.focus();
