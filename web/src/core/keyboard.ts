// Keys for the desk: they press what is on the screen, so a key can never do what a button would not.

export interface Desk {
  move: (by: 1 | -1) => void;
  undo: () => void;
  claim: () => void;
  search: () => void;
  back: () => void;
  help: () => void;
}

const TYPING = 'input, textarea, select, [contenteditable], dialog, dialog *';

/** Return what a key does, or null. Pure, but for the buttons it finds. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>, target: Element | null, desk: Desk): (() => void) | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (target?.matches(TYPING)) return event.key === 'Escape' && !target.closest('dialog') ? () => (target as HTMLElement).blur() : null;
  const key = event.key.toLowerCase();
  switch (key) {
    case 'j':
      return () => desk.move(1);
    case 'k':
      return () => desk.move(-1);
    case 'a':
      return press(0);
    case 'd':
      return press(-1);
    case 'u':
      return desk.undo;
    case 'c':
      return desk.claim;
    case 'r':
      return () => document.querySelector<HTMLElement>('.answer textarea, .answer input')?.focus();
    case '/':
      return desk.search;
    case '?':
      return desk.help;
    case 'escape':
      return desk.back;
  }
  return /^[1-9]$/.test(key) ? press(Number(key) - 1) : null;
}

/** A danger button takes a click without a pointer as the first of two: so does its key. */
function press(at: number): () => void {
  return () => [...document.querySelectorAll<HTMLButtonElement>('.answer .choices button')].filter((button) => !button.disabled).at(at)?.click();
}
