// The guide is a pane beside the text, never a dialog: keys go on working, and it follows the category one is on.
import { $, $$, say, word } from './dom.js';

const pane = () => $('#guide');
let shown = '';

function show(key) {
  // Fetched once, when first wanted (see _guide.html).
  $('#guide-entries').dispatchEvent(new Event('guide-wanted'));
  const articles = $$('[data-guide-for]', pane());
  const found = articles.some((each) => each.dataset.guideFor === key);
  const wanted = found ? key : articles[0]?.dataset.guideFor;
  for (const each of articles) each.hidden = each.dataset.guideFor !== wanted;
  $('.gb', pane()).scrollTop = 0;
}

/** The category the guide should stand at. */
export function follow(key) {
  if (key === shown) return;
  shown = key;
  if (isOpen()) show(key);
}

export const isOpen = () => $('.label-app').hasAttribute('data-guide-open');

export function toggleGuide(open = !isOpen()) {
  $('.label-app').toggleAttribute('data-guide-open', open);
  $('#guide-btn')?.setAttribute('aria-expanded', String(open));
  if (open) show(shown);
  say(word(open ? 'guideOpen' : 'guideClosed'));
}

/** The section number of a category, for the link in the definition strip. */
export function sectionOf(key) {
  const article = $(`[data-guide-for="${CSS.escape(key)}"]`, pane());
  return article?.dataset.section ?? '';
}

document.addEventListener('htmx:afterSwap', (event) => {
  if (event.target.id === 'guide-entries') show(shown);
});

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-guide]');
  if (opener) {
    event.preventDefault();
    toggleGuide(opener.dataset.guide === 'toggle' ? undefined : true);
  }
  if (event.target.closest('#guide-x')) {
    event.preventDefault();
    toggleGuide(false);
    $('#guide-btn')?.focus();
  }
});

// The guide stays while items change; a newer version reaches the page with a reload, between two items.
document.addEventListener('htmx:afterSettle', () => {
  const version = $('#label-form')?.dataset.guideline;
  if (version !== undefined && pane() && version !== pane().dataset.version) location.reload();
});
