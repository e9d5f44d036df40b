// The TypeScript SDK gets in by OAuth, asks a human, and renews its token. Arguments: URL, major version of the SDK.
// What is here is what the SDK leaves to its user: to keep things, to open a browser (BROWSER), to be called back.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";

const [url, major] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport } = major === "1"
  ? {
      ...(await import("@modelcontextprotocol/sdk/client/index.js")),
      ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
    }
  : await import("@modelcontextprotocol/client");

let calledBack;
const callback = new Promise((resolve) => { calledBack = resolve; });
const server = createServer((request, response) => {
  response.end("You can close this window.");
  calledBack(new URL(request.url, "http://127.0.0.1").searchParams);
}).listen(0, "127.0.0.1");
await once(server, "listening");

const kept = {};
let opened = 0;
const provider = {
  redirectUrl: `http://127.0.0.1:${server.address().port}/callback`,
  get clientMetadata() {
    return {
      client_name: `TypeScript ${major}`,
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "none",
    };
  },
  state: () => "a state",
  clientInformation: () => kept.client,
  saveClientInformation: (client) => { kept.client = client; },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; },
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
  redirectToAuthorization: (address) => {
    opened += 1;
    execFile(process.env.BROWSER, [String(address)]);
  },
};

async function connected() {
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  const client = new Client({ name: "conformance", version: "1" });
  try {
    await client.connect(transport);
  } catch (error) {
    if (error.constructor.name !== "UnauthorizedError") throw error;
    const answer = await callback;
    if (answer.get("state") !== "a state") throw new Error("another state came back");
    await transport.finishAuth(major === "1" ? answer.get("code") : answer);
    return await connected();
  }
  return client;
}

let client = await connected();
const tools = (await client.listTools()).tools.map((tool) => tool.name).sort();
const ask = { name: "request_human_input", arguments: { prompt: "Deploy?", choices: ["Yes", "No"] } };
const text = (await client.callTool(ask)).content[0].text;
await client.close();

// As if its time were over: the relay refuses the access token, and the SDK renews it without the human.
const before = kept.tokens.refresh_token;
kept.tokens = { ...kept.tokens, access_token: "over" };
client = await connected();
await client.listTools();
await client.close();
server.close();
console.log(JSON.stringify({ tools, text, opened, renewed: Boolean(before) && kept.tokens.refresh_token !== before }));
