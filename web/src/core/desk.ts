// Whether there is room for the list and the question side by side. The style sheet has the same width.
import { signal } from '@preact/signals';

const query = typeof matchMedia === 'undefined' ? null : matchMedia('(width >= 56.25rem)');

export const wide = signal(query?.matches ?? false);
query?.addEventListener('change', (event) => (wide.value = event.matches));
