// Dialogs open and close by attributes; menus (<details data-menu>) close when one goes elsewhere.
import { $$ } from './dom.js';

/** Opens a dialog by id, once. */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-open-dialog]');
  if (opener) openDialog(opener.dataset.openDialog);
  const dialog = event.target.closest('dialog');
  if (dialog && (event.target === dialog || event.target.closest('[data-close]'))) dialog.close();
  for (const menu of $$('[data-menu][open]')) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of $$('[data-menu][open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});
