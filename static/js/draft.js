// The draft is saved 500 ms after the last change and when the page is hidden; one request at a time, the newest state wins.
import { $, say, word } from './dom.js';
import { answers, form } from './answers.js';
import { call } from './api.js';
import { active } from './timer.js';
import { askWhichToKeep } from './conflict.js';

const WAIT = 500;
const BEAT = 60_000;
let timer = 0;
let sending = false;
let dirty = false;
let closed = false;

const field = (name) => form().elements[name];

function status(key, tone) {
  const saved = $('#saved');
  if (!saved) return;
  $('[data-saved-text]', saved).textContent = word(key);
  $('.dot', saved).className = `dot ${tone}`;
}

function lost() {
  closed = true;
  status('notSaved', 'off');
  const banner = $('#lost');
  if (banner) banner.hidden = false;
}

function conflict(reply) {
  status('notSaved', 'warn');
  if (reply.body.code === 'lease_lost') return lost();
  return askWhichToKeep(reply.body, {
    keepMine: (version) => {
      field('version').value = String(version);
      touch();
    },
    keepStored: () => {
      closed = true;
      location.reload();
    },
  });
}

function took(reply) {
  if (reply.status === 409) return conflict(reply);
  if (reply.status === 404 || reply.status === 410) return lost();
  if (reply.status >= 400) return status('notSaved', 'warn');
  if (reply.body.version !== undefined) field('version').value = String(reply.body.version);
  return status(dirty ? 'saving' : 'saved', dirty ? 'warn' : '');
}

async function save({ keepalive = false } = {}) {
  const url = form()?.dataset.draftUrl;
  // Two requests at once would carry one version and conflict with each other.
  if (!url || closed || !dirty || sending) return;
  const item = form().dataset.item;
  const payload = { lease: field('lease').value, version: Number(field('version').value), comment: field('comment').value, ...answers() };
  sending = true;
  dirty = false;
  try {
    const reply = await call('PUT', url, payload, { keepalive });
    if (form()?.dataset.item === item) took(reply);
  } catch {
    dirty = true;
    status('notSaved', 'warn');
    say(word('notSaved'));
  } finally {
    sending = false;
    if (dirty && !closed && navigator.onLine) schedule();
  }
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(save, WAIT);
}

/** Something changed: save soon. */
export function touch() {
  if (!form()?.dataset.draftUrl || closed) return;
  dirty = true;
  status('saving', 'warn');
  schedule();
}

/** The item is being sent: its draft is of no more use. */
export function stop() {
  clearTimeout(timer);
  dirty = false;
}

/** The item is left without being sent: what is not yet saved goes now. */
export const flush = () => save({ keepalive: true });

/** A new item is on the page. */
export function reset() {
  stop();
  closed = false;
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) flush();
});
window.addEventListener('online', () => { if (dirty) schedule(); });

// Reading takes time: while the person is active the lease is kept.
setInterval(async () => {
  const url = form()?.dataset.heartbeatUrl;
  if (!url || closed || !active()) return;
  try {
    const reply = await call('POST', url, { lease: field('lease').value });
    if (reply.status === 409) lost();
  } catch {
    // The next beat, or the submit, will tell.
  }
}, BEAT);
