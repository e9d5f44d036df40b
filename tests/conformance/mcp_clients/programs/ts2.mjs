// The TypeScript client 2.x asks a human. Arguments: URL, key, `legacy` or `auto`.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [url, key, mode] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: `Bearer ${key}` } },
});
const client = new Client(
  { name: "conformance", version: "1" }, mode === "auto" ? { versionNegotiation: { mode: "auto" } } : {});
await client.connect(transport);
const tools = (await client.listTools()).tools.map((tool) => tool.name).sort();
const progress = [];
const onprogress = (note) => {
  if (!progress.length) console.log(JSON.stringify({ waiting: note.message }));
  progress.push(note.progress);
};
const options = { onprogress };
await client.callTool({ name: "notify_human", arguments: { message: "Asking." } });
let answer = await client.callTool(
  { name: "request_human_input", arguments: { prompt: "Deploy?", choices: ["Yes", "No"] } }, options);
while (answer.structuredContent.status === "pending") {
  const again = { request_id: answer.structuredContent.request_id };
  answer = await client.callTool({ name: "get_human_response", arguments: again }, options);
}
console.log(JSON.stringify({ tools, text: answer.content[0].text, progress }));
await client.close();
