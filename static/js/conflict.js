// Two tabs changed the same item: show both answers, keep the one the person names.
import { $, make, word } from './dom.js';
import { categoryRows, rows } from './answers.js';

const nameOf = (id) => $(`.cat[data-id="${CSS.escape(id)}"]`)?.dataset.name ?? id;

function lines(document_) {
  const out = [];
  for (const row of rows()) {
    const { target, question, title, questionTitle } = row.dataset;
    const answer = row.classList.contains('pair') ? document_.preferences?.[question] : document_.verdicts?.[target]?.[question];
    if (!answer) continue;
    const input = $(`input[value="${CSS.escape(answer)}"]`, row);
    const names = categoryRows().includes(row) ? (document_.verdicts[target].categories ?? []).map(nameOf) : [];
    out.push(`${title}, ${questionTitle}: ${[input?.dataset.label ?? answer, ...names].join(', ')}`);
  }
  if (document_.comment) out.push(document_.comment);
  return out.length ? out : [word('nothing')];
}

/** Asks by dialog. `body` is the API's 409: {yours, stored}. */
export function askWhichToKeep({ yours = {}, stored = {} }, { keepMine, keepStored }) {
  const dialog = $('#conflict');
  for (const [side, document_] of Object.entries({ yours, stored })) {
    $(`[data-side=${side}]`, dialog).replaceChildren(...lines(document_).map((line) => make('p', { class: 'muted' }, line)));
  }
  dialog.onclick = (event) => {
    const keep = event.target.closest('[data-keep]')?.dataset.keep;
    if (!keep) return;
    dialog.close();
    if (keep === 'yours') keepMine(stored.version ?? 0);
    else keepStored();
  };
  if (!dialog.open) dialog.showModal();
}
