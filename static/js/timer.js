// Active seconds on this item: the page is in view and the person did something within the last minute.
// The count goes on from what the server had, and the server caps it by the age of the lease.
import { $$ } from './dom.js';

const IDLE = 60_000;
let lastSign = Date.now();

for (const sign of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart', 'scroll']) {
  document.addEventListener(sign, () => { lastSign = Date.now(); }, { passive: true, capture: true });
}

export const active = () => !document.hidden && Date.now() - lastSign < IDLE;

setInterval(() => {
  if (!active()) return;
  for (const field of $$('input[name=seconds]')) field.value = String(Number(field.value) + 1);
}, 1000);
