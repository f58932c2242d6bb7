// What every page runs.
import './theme.js';
import './dialogs.js';
