// Runs before the first paint: marks that scripts run, and takes the theme of this device where the account names none.
(() => {
  const root = document.documentElement;
  root.classList.add('js');
  try {
    if (!root.dataset.theme && localStorage.theme) root.dataset.theme = localStorage.theme;
  } catch {
    // Storage may be closed to us; the system's theme then holds.
  }
})();
