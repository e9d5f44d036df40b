import { useState } from 'preact/hooks';
import { post } from '../../core/api';
import { me } from '../../core/state';
import { Fault } from '../../ui/fault';
import { s } from './en';

/** As the relay counts; it has the last word, also about passwords that everybody has. */
const SHORTEST = 8;

export function Password() {
  const [password, setPassword] = useState('');
  const [fault, blame] = useState<unknown>(null);
  const [done, finish] = useState(false);
  const change = async () => {
    blame(null);
    finish(false);
    try {
      await post('/api/v1/account/password', { password });
      setPassword('');
      finish(true);
    } catch (error) {
      blame(error);
    }
  };
  return (
    <form
      class="card stack"
      aria-labelledby="password-title"
      onSubmit={(event) => {
        event.preventDefault();
        void change();
      }}
    >
      <h2 id="password-title">{s('password.title')}</h2>
      <input class="vh" type="text" autocomplete="username" readOnly tabIndex={-1} aria-hidden="true" value={me.value?.account.email ?? ''} />
      <label>
        <span>{s('password.new')}</span>
        <input
          type="password"
          required
          minLength={SHORTEST}
          autocomplete="new-password"
          aria-describedby="password-hint"
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
      </label>
      <p id="password-hint" class="muted">{s('password.hint')}</p>
      <button disabled={password.length < SHORTEST}>{s('password.go')}</button>
      <p role="status">{done && s('password.changed')}</p>
      <Fault error={fault} />
    </form>
  );
}
