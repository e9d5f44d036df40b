// From one question to its neighbour, also when the one on the screen has just left the list.

/** Where the question on the screen stood when it was last in the list. */
let place = 0;

export function notePlace(list: readonly string[], selected: string | null): void {
  const at = selected === null ? -1 : list.indexOf(selected);
  if (at >= 0) place = at;
}

/** The id of the next (1) or previous (-1) question; at either end it stays. */
export function neighbour(list: readonly string[], selected: string | null, by: 1 | -1): string | null {
  const at = selected === null ? -1 : list.indexOf(selected);
  // Of one that left, what stood behind it has moved up into its place.
  const wanted = at >= 0 ? at + by : by > 0 ? place : place - 1;
  return list[Math.min(list.length - 1, Math.max(0, wanted))] ?? null;
}
