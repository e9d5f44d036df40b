// Files the relay makes. The browser saves them itself, however large; who must be recent is asked before.
import { get } from '../../core/api';
import { serverNow } from '../../core/clock';
import { askForProof } from '../../core/proof';

interface Session {
  authenticated_at: string;
  current: boolean;
}

/** Ten minutes count as recent; one is left for the way there. */
const RECENT_MS = 9 * 60_000;

export async function download(path: string): Promise<void> {
  const sessions = await get<Session[]>('/api/v1/auth/sessions');
  const mine = sessions.find(({ current }) => current);
  const recent = mine !== undefined && serverNow() - Date.parse(mine.authenticated_at) < RECENT_MS;
  if (!recent && !(await askForProof())) return;
  const link = document.createElement('a');
  link.href = path;
  link.download = '';
  link.click();
}
