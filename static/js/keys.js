// One registry (#keymap, made by the server) says what each physical key does; this module reads keys, nothing else does.
import { $, say, typing } from './dom.js';
import { openDialog } from './dialogs.js';

const STORE = 'keys';
const covered = () => !!$('dialog[open], .menu[open]');

// The switch of this device wins over the account's preference.
function areOn() {
  const preferred = document.documentElement.dataset.keys !== 'off';
  try {
    return localStorage[STORE] ? localStorage[STORE] !== 'off' : preferred;
  } catch {
    return preferred;
  }
}

let on = areOn();
let cache = { element: null, map: {} };

/** The registry of the item now on the page: {code: [action, …arguments]}. */
export function keymap() {
  const element = $('#keymap');
  if (element !== cache.element) cache = { element, map: element ? JSON.parse(element.textContent) : {} };
  return cache.map;
}

/** An input method is at work: its Enter and its letters are not ours. */
const composing = (event) => event.isComposing || (event.keyCode === 229 && typing(event.target));

function inPopover(event, actions) {
  const open = $('[popover]:popover-open');
  if (!open) return false;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (digit && !typing(event.target)) {
    event.preventDefault();
    actions.skipReason(Number(digit[1]) - 1);
  }
  return true;
}

function withControl(event, actions) {
  if (event.code === 'Enter' || event.code === 'NumpadEnter') {
    event.preventDefault();
    actions.submit();
    return true;
  }
  if (event.code === 'KeyZ' && !event.shiftKey && !typing(event.target)) {
    event.preventDefault();
    actions.undo();
  }
  return true;
}

function single(event, actions) {
  if (event.key === '?' || (event.code === 'Slash' && event.shiftKey)) {
    event.preventDefault();
    return openDialog('keys');
  }
  const [action, ...args] = keymap()[event.code] ?? [];
  if (!action || !actions[action] || event.repeat) return undefined;
  // A focused button, link or fold keeps its own Enter.
  if (action === 'submit' && event.target.closest('button, a, summary')) return undefined;
  event.preventDefault();
  return actions[action](...args, event);
}

/** Binds the actions by name; `undo`, `escape` and `skipReason` belong to no single key. */
export function bindKeys(actions) {
  document.addEventListener('keydown', (event) => {
    if (composing(event) || event.altKey || covered() || inPopover(event, actions)) return;
    if (event.ctrlKey || event.metaKey) return withControl(event, actions);
    if (typing(event.target)) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (event.key === 'Escape') return actions.escape();
    if (on) single(event, actions);
  });
  const box = $('#keys-on');
  if (!box) return;
  box.checked = on;
  box.addEventListener('change', () => {
    on = box.checked;
    try {
      localStorage[STORE] = on ? 'on' : 'off';
    } catch {
      // The choice then holds for this page only.
    }
    say(box.parentElement.textContent);
  });
}
