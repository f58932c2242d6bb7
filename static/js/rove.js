// Roving focus in a grid of boxes: Tab enters it once, arrows move inside.
import { $$ } from './dom.js';

const STEP = { ArrowRight: () => 1, ArrowLeft: () => -1, ArrowDown: (columns) => columns, ArrowUp: (columns) => -columns };

/** Leaves one stop of the Tab order in each [data-rove] grid below root. */
export function setStops(root) {
  for (const grid of $$('[data-rove]', root)) $$('input', grid).forEach((box, n) => { box.tabIndex = n ? -1 : 0; });
}

document.addEventListener('keydown', (event) => {
  const grid = event.target.closest?.('[data-rove]');
  const step = STEP[event.key];
  if (!grid || !step || event.target.type !== 'checkbox') return;
  const boxes = $$('input[type=checkbox]', grid);
  const next = boxes[boxes.indexOf(event.target) + step(Number(grid.dataset.rove))];
  event.preventDefault();
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
