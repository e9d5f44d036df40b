interface Props {
  words: string;
  on: boolean;
  busy: boolean;
  flip: (on: boolean) => void;
}

export function Switch({ words, on, busy, flip }: Props) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={on}
        disabled={busy}
        onChange={(event) => {
          const { checked } = event.currentTarget;
          event.currentTarget.checked = on; // what the relay has decides, not what was pressed
          flip(checked);
        }}
      />
      <span>{words}</span>
    </label>
  );
}
