// Sending: nothing leaves incomplete, nothing is lost when it does not arrive, and the last submit can be undone.
import { $, say, word } from './dom.js';
import { form, missing } from './answers.js';
import { flush, reset, stop } from './draft.js';

const TOAST = 8000;
let sent = null;
let toastTimer = 0;

function toast(text) {
  const element = $('#toast');
  $('[data-toast-text]', element).textContent = text;
  $('[data-undo-submit]', element).hidden = !$('#previous-form');
  element.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { element.hidden = true; }, TOAST);
}

function refuse(found) {
  const need = $('#need');
  say(need.textContent);
  need.classList.remove('nudge');
  requestAnimationFrame(() => need.classList.add('nudge'));
  const at = found[0].at;
  at?.scrollIntoView({ block: 'nearest' });
  $('input:not(:disabled)', at)?.focus({ preventScroll: true });
}

/** Sends the form as a click on Submit would. */
export const submit = () => form()?.requestSubmit($('#submit'));
export const previous = () => $('#previous-form')?.requestSubmit();

// In the capture phase, so that neither htmx nor the browser sends an incomplete form.
document.addEventListener('submit', (event) => {
  if (event.target.id !== 'label-form') return;
  const found = missing();
  if (!found.length && !event.target.hasAttribute('aria-busy')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (found.length) refuse(found);
}, true);

document.addEventListener('htmx:beforeRequest', (event) => {
  const isSubmit = event.target.id === 'label-form';
  if (isSubmit) stop();
  else flush();
  sent = { name: form()?.dataset.name, item: form()?.dataset.item, isSubmit };
  form()?.setAttribute('aria-busy', 'true');
});

document.addEventListener('htmx:afterRequest', () => form()?.removeAttribute('aria-busy'));

function notSent() {
  const banner = $('#unsent');
  if (!banner) return;
  $('[data-unsent-text]', banner).textContent = word('unsent', form()?.dataset.name ?? '');
  banner.hidden = false;
}
document.addEventListener('htmx:sendError', notSent);
document.addEventListener('htmx:timeout', notSent);
document.addEventListener('htmx:responseError', notSent);

document.addEventListener('htmx:afterSwap', (event) => {
  if (event.target.id !== 'item') return;
  reset();
  const problem = $('.errors');
  if (problem) return problem.focus();
  if (sent?.isSubmit && form()?.dataset.item !== sent.item) toast(word('submitted', sent.name));
  if (form()) say(word('loaded'));
  $('#item-name')?.focus({ preventScroll: true });
  scrollTo(0, 0);
  return undefined;
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-undo-submit]')) {
    $('#toast').hidden = true;
    previous();
  }
  if (event.target.closest('[data-retry]')) {
    $('#unsent').hidden = true;
    submit();
  }
});

const line = () => { const banner = $('#offline'); if (banner) banner.hidden = navigator.onLine; };
window.addEventListener('online', line);
window.addEventListener('offline', line);
