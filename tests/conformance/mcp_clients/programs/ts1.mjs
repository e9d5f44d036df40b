// The TypeScript SDK 1.x asks a human. Arguments: URL, key, whether to have patience (`patient`) or not.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, key, patience] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: `Bearer ${key}` } },
});
const client = new Client({ name: "conformance", version: "1" });
await client.connect(transport);
const tools = (await client.listTools()).tools.map((tool) => tool.name).sort();
const progress = [];
let calls = 0;
const onprogress = (note) => {
  if (!progress.length) console.log(JSON.stringify({ waiting: note.message }));
  progress.push(note.progress);
};
const options = { onprogress };
// Progress comes every 15 s: a call without any for the SDK's 60 s has lost its stream, and is made again.
if (patience === "patient") options.resetTimeoutOnProgress = true;
await client.callTool({ name: "notify_human", arguments: { message: "Asking." } });

// As an agent would: a call that broke off is made again, and is the same question.
async function patiently(name, args) {
  for (let tries = 120; ; tries--) {
    calls++;
    try {
      return await client.callTool({ name, arguments: args }, undefined, options);
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
