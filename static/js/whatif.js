// The slider of the what-if page: figures at other prices of a label, all made by the server.
import { $, $$, make, say } from './dom.js';

const stops = JSON.parse($('#price-stops').textContent);
const price = $('#price');
const rows = $$('.whatif-t tr.state');
const foot = $('.whatif-t tfoot tr');
const columns = { '.g': 'gain', '.l': 'labels', '.h': 'hours', '.m': 'money' };

function tags(cell, then) {
  cell.replaceChildren(...then.map(({ tag, words, n }) => {
    const element = make('span', { class: `tag st ${tag}` }, words);
    if (n) element.append(' ', make('b', { class: 'num' }, n));
    return element;
  }));
}

function fill(row, figures) {
  row.classList.toggle('chg', figures.differs);
  tags($('.o', row), figures.then);
  for (const [selector, key] of Object.entries(columns)) {
    const cell = $(selector, row);
    if (cell) cell.textContent = figures[key];
  }
  $('.c', row).replaceChildren(`${figures.changed} `, make('span', { class: 'ci' }, figures.interval));
}

function show(stop) {
  $('#price-shown').textContent = stop.labels;
  price.setAttribute('aria-valuetext', stop.labels);
}

function move() {
  const stop = stops[price.value];
  show(stop);
  stop.rows.forEach((figures, at) => fill(rows[at], figures));
  fill(foot, stop.totals);
  foot.classList.remove('chg');
  for (const key of ['again', 'lead', 'settled']) $(`[data-k=${key}]`).textContent = stop[key];
  for (const key of ['labels', 'changed', 'interval']) $(`[data-k=${key}]`).textContent = stop.totals[key];
  for (const field of $$('[name=option-cost]')) field.value = stop.cost;
}

show(stops[price.value]);
price.addEventListener('input', move);
price.addEventListener('change', () => say($('.whatif-t tfoot').innerText));
