// A button for what cannot be undone: held for 0.8 s, or pressed twice by keyboard and screen reader.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { t } from '../core/i18n';

export const HOLD_MS = 800;
const SECOND_PRESS_MS = 5_000;

interface Props {
  children: ComponentChildren;
  disabled?: boolean;
  class?: string;
  onSure: () => void;
}

export function Hold({ children, disabled, onSure, ...rest }: Props) {
  const [state, set] = useState<'rest' | 'held' | 'asked'>('rest');
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const pointed = useRef(false);
  useEffect(() => () => clearTimeout(timer.current), []);

  const after = (ms: number, then: () => void) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(then, ms);
  };
  const press = (event: PointerEvent) => {
    if (disabled || event.button !== 0) return;
    pointed.current = true;
    set('held');
    after(HOLD_MS, () => {
      set('rest');
      navigator.vibrate?.(30);
      onSure();
    });
  };
  const leave = () => {
    if (state !== 'held') return;
    clearTimeout(timer.current);
    set('rest');
  };
  // A click without a pointer comes from a keyboard or a screen reader, which cannot hold.
  const click = () => {
    if (pointed.current) {
      pointed.current = false;
      return;
    }
    if (state === 'asked') {
      clearTimeout(timer.current);
      set('rest');
      onSure();
    } else {
      set('asked');
      after(SECOND_PRESS_MS, () => set('rest'));
    }
  };

  return (
    <button
      type="button"
      class={`hold ${state} ${rest.class ?? ''}`}
      disabled={disabled}
      aria-describedby="hold-hint"
      onPointerDown={press}
      onPointerUp={leave}
      onPointerLeave={leave}
      onPointerCancel={leave}
      onContextMenu={(event) => event.preventDefault()}
      onClick={click}
    >
      <span class="fill" aria-hidden="true" />
      <span class="words">{state === 'asked' ? t('hold.again') : children}</span>
    </button>
  );
}
