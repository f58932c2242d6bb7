// Reads the label form. The named inputs are the one truth; everything drawn is a view of them.
import { $, $$, word } from './dom.js';

export const form = () => $('#label-form');
export const rows = () => $$('.verdict[data-field]', form() ?? document.createElement('i'));
export const chosen = (row) => $('input:checked', row);
export const value = (row) => chosen(row)?.value ?? '';

/** The rows whose question has categories, and those whose answer asks for them now. */
export const categoryRows = () => rows().filter((row) => row.dataset.categories);
export const openRows = () =>
  categoryRows().filter((row) => row.dataset.categoriesFor.split(' ').includes(value(row)));

/** The named boxes of one row's categories. */
export const boxes = (row) => $$(`[data-categories="${row.dataset.categories}"] input[type=checkbox]`, form());
export const box = (row, id) => boxes(row).find((each) => each.value === id);
export const picked = (row) => boxes(row).filter((each) => each.checked).map((each) => each.value);

/** The text that goes with a free-text category, per target; null where the target has none. */
export const other = (row) => $(`[data-other-of="${row.dataset.target}"] input`, form());
export const asksOther = (row) =>
  !!other(row) && $$('.cat[data-free-text]', form()).some((tile) => box(row, tile.dataset.id)?.checked);

export const severityRow = (row) => $(`[data-severity-of="${row.dataset.field}"]`, form());
export const asksSeverity = (row) => {
  const answer = chosen(row);
  return !!severityRow(row) && !!answer && answer.dataset.shape !== 'safe';
};

const named = (row) =>
  ('first' in row.dataset && row.dataset.categories ? row.dataset.title : `${row.dataset.title}: ${row.dataset.questionTitle}`);

/** What is still missing: sentences, and the element where the first of them is answered. */
export function missing() {
  const found = rows().filter((row) => !value(row)).map((row) => ({ text: named(row), at: row }));
  for (const row of openRows()) {
    if (!picked(row).length) found.push({ text: word('needCategory', row.dataset.title), at: $('.catblock') });
  }
  for (const row of rows().filter(asksSeverity)) {
    const levels = severityRow(row);
    if (!chosen(levels)) found.push({ text: word('needSeverity', row.dataset.title), at: levels });
  }
  for (const row of categoryRows().filter(asksOther)) {
    if (!other(row).value.trim()) found.push({ text: word('needOther'), at: other(row).parentElement });
  }
  return found;
}

function verdict(row) {
  const answer = { [row.dataset.question]: value(row) };
  if (row.dataset.categories) {
    answer.categories = picked(row);
    if (asksOther(row)) answer.other = other(row).value.trim();
  }
  if (asksSeverity(row) && chosen(severityRow(row))) answer.severity = value(severityRow(row));
  return answer;
}

/** The answers as the API takes them: verdicts by target, comparisons by question. */
export function answers() {
  const document_ = { verdicts: {}, preferences: {} };
  for (const row of rows().filter(value)) {
    if (row.classList.contains('pair')) document_.preferences[row.dataset.question] = value(row);
    else document_.verdicts[row.dataset.target] = { ...document_.verdicts[row.dataset.target], ...verdict(row) };
  }
  return document_;
}

const CHOICES = '.verdict input, .sev input, .plain input, .othf input';

/** Every choice in the form as text, to compare and to restore. Comments are left to the browser's own undo. */
export function snapshot() {
  const inputs = $$(CHOICES, form());
  return JSON.stringify(inputs.map((each) => (each.type === 'text' ? each.value : each.checked)));
}

export function restore(text) {
  const inputs = $$(CHOICES, form());
  JSON.parse(text).forEach((state, n) => {
    if (typeof state === 'string') inputs[n].value = state;
    else inputs[n].checked = state;
  });
}
