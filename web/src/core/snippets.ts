// Ready-to-paste text for each program, with the relay's address and the key in it.
export interface Snippet {
  id: string;
  name: string;
  /** Where it goes: a shell, or the name of a file. */
  where: string;
  text: (url: string, key: string) => string;
  mcp: boolean;
}

const pretty = (value: unknown) => JSON.stringify(value, null, 2);
const header = (key: string) => ({ Authorization: `Bearer ${key}` });

/** Nobody should wait for a client that hangs up first: the longest a question may wait, in ms and s. */
const LONGEST_MS = 900_000;

export const SNIPPETS: readonly Snippet[] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    where: 'shell',
    mcp: true,
    text: (url, key) => `claude mcp add --transport http hitl ${url}/mcp --header "Authorization: Bearer ${key}"`,
  },
  {
    id: 'cursor',
    name: 'Cursor',
    where: '~/.cursor/mcp.json',
    mcp: true,
    text: (url, key) => pretty({ mcpServers: { hitl: { url: `${url}/mcp`, headers: header(key) } } }),
  },
  {
    id: 'vscode',
    name: 'VS Code',
    where: '.vscode/mcp.json',
    mcp: true,
    text: (url, key) => pretty({ servers: { hitl: { type: 'http', url: `${url}/mcp`, headers: header(key) } } }),
  },
  {
    id: 'codex',
    name: 'Codex',
    where: '~/.codex/config.toml',
    mcp: true,
    text: (url, key) =>
      `[mcp_servers.hitl]\nurl = "${url}/mcp"\nhttp_headers = { Authorization = "Bearer ${key}" }\ntool_timeout_sec = ${LONGEST_MS / 1000}`,
  },
  {
    id: 'gemini',
    name: 'Gemini CLI',
    where: '~/.gemini/settings.json',
    mcp: true,
    text: (url, key) =>
      pretty({ mcpServers: { hitl: { httpUrl: `${url}/mcp`, headers: header(key), timeout: LONGEST_MS } } }),
  },
  {
    id: 'n8n',
    name: 'n8n',
    where: 'HTTP Request → Import cURL',
    mcp: false,
    text: (url, key) => curl(url, key),
  },
  { id: 'curl', name: 'curl', where: 'shell', mcp: false, text: (url, key) => curl(url, key) },
  {
    id: 'python',
    name: 'Python',
    where: 'ask.py',
    mcp: false,
    text: (url, key) => `import requests

reply = requests.post(
    "${url}/api/v1/hitl/request",
    headers={"Authorization": "Bearer ${key}"},
    json={"prompt": "Deploy to production?", "choices": ["Deploy now", "Cancel"]},
)
reply.raise_for_status()
print(reply.json()["response"])`,
  },
];

function curl(url: string, key: string): string {
  return `curl -X POST ${url}/api/v1/hitl/request \\
  -H 'Authorization: Bearer ${key}' \\
  -H 'Content-Type: application/json' \\
  -d '{"prompt": "Deploy to production?", "choices": ["Deploy now", "Cancel"]}'`;
}
