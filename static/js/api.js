// One way to call the project's own API from a page.
import { $ } from './dom.js';

/** Sends JSON with the form's CSRF token; resolves to {status, body}, throws only when nothing came back. */
export async function call(method, url, payload, { keepalive = false } = {}) {
  const reply = await fetch(url, {
    method,
    keepalive,
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': $('#label-form [name=csrfmiddlewaretoken]').value },
    body: JSON.stringify(payload),
  });
  const text = await reply.text();
  let body = {};
  try {
    body = text ? JSON.parse(text) : {};
  } catch {
    // An error page of a proxy is not JSON; the status says enough.
  }
  return { status: reply.status, body };
}
