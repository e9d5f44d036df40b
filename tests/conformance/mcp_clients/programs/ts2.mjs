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
let calls = 0;
const onprogress = (note) => {
  if (!progress.length) console.log(JSON.stringify({ waiting: note.message }));
  progress.push(note.progress);
};
// Progress comes every 15 s: a call without any for the SDK's 60 s has lost its stream, and is made again.
const options = { onprogress, resetTimeoutOnProgress: true };
await client.callTool({ name: "notify_human", arguments: { message: "Asking." } });

// As an agent would: a call that broke off is made again, and is the same question.
async function patiently(name, args) {
  for (let tries = 120; ; tries--) {
    calls++;
    try {
      return await client.callTool({ name, arguments: args }, options);
    } catch (error) {
      if (!tries) throw error;
      await new Promise((rested) => setTimeout(rested, 1000));
    }
  }
}

let answer = await patiently("request_human_input", { prompt: process.env.PROMPT ?? "Deploy?", choices: ["Yes", "No"] });
while (answer.structuredContent.status === "pending") {
  answer = await patiently("get_human_response", { request_id: answer.structuredContent.request_id });
}
console.log(JSON.stringify({ tools, text: answer.content[0].text, progress, calls }));
await client.close();
