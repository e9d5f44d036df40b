// Asking a person to prove who they are, in a dialog over whatever they were doing: what they typed stays.
import { signal } from '@preact/signals';
import { onStepUp } from './api';

/** Whoever waits for the proof; null while nobody does. */
export const asking = signal<((proved: boolean) => void) | null>(null);

let asked: Promise<boolean> | null = null;

/** Ask for the proof. Two things that need one at the same time share the answer. */
export function askForProof(): Promise<boolean> {
  asked ??= new Promise<boolean>((resolve) => {
    asking.value = (proved) => {
      asking.value = null;
      asked = null;
      resolve(proved);
    };
  });
  return asked;
}

export const answerProof = (proved: boolean) => asking.peek()?.(proved);

export const watchProofs = () => onStepUp(askForProof);
