// Light or dark: the system decides until the person does; the choice is kept on this device.
import { say } from './dom.js';

const root = document.documentElement;

function isDark() {
  if (root.dataset.theme) return root.dataset.theme === 'dark';
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-theme-toggle]');
  if (!button) return;
  root.dataset.theme = isDark() ? 'light' : 'dark';
  try {
    localStorage.theme = root.dataset.theme;
  } catch {
    // The choice then holds for this page only.
  }
  say(root.dataset.theme === 'dark' ? button.dataset.saidDark : button.dataset.saidLight);
});
