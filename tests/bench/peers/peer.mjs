// One run of one peer: node peer.mjs PEER plain|streamed BASE_URL IN_FLIGHT WARM REQUESTS TEXT_LENGTH
// Prints the CPU time a request in microseconds, the wall time of all in milliseconds, and the calls that failed.
const MODEL = 'bench-1';
const KEY = 'sk-bench-0123456789';
const PROMPT =
  'Why is the sky blue? Answer in a few short sentences, without formulas, for a reader of ten years.';
const messages = [{ role: 'user', content: PROMPT }];

// Each answers with a function that makes one call and resolves to the text it got.
const peers = {
  async openai(baseURL, streamed) {
    const { default: OpenAI } = await import('openai');
    const client = new OpenAI({ apiKey: KEY, baseURL });
    if (!streamed)
      return async () => (await client.chat.completions.create({ model: MODEL, messages })).choices[0].message.content;
    return async () => {
      let text = '';
      const stream = await client.chat.completions.create({
        model: MODEL,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
      return text;
    };
  },

  async ai(baseURL, streamed) {
    const { generateText, streamText } = await import('ai');
    const { createOpenAI } = await import('@ai-sdk/openai');
    const model = createOpenAI({ apiKey: KEY, baseURL }).chat(MODEL);
    if (!streamed) return async () => (await generateText({ model, prompt: PROMPT })).text;
    return async () => {
      let text = '';
      for await (const piece of streamText({ model, prompt: PROMPT }).textStream) text += piece;
      return text;
    };
  },

  async anthropic(baseURL, streamed) {
    const { default: Anthropic } = await import('@anthropic-ai/sdk');
    const client = new Anthropic({ apiKey: KEY, baseURL: baseURL.replace(/\/v1$/, '') });
    const body = { model: MODEL, max_tokens: 1024, messages };
    if (!streamed) return async () => (await client.messages.create(body)).content[0].text;
    return async () => {
      let text = '';
      for await (const event of await client.messages.create({ ...body, stream: true }))
        if (event.type === 'content_block_delta') text += event.delta.text ?? '';
      return text;
    };
  },

  // No SDK: what is left is node's HTTP client and its JSON.
  async undici(baseURL, streamed) {
    const { Agent, request } = await import('undici');
    const dispatcher = new Agent({ pipelining: 1 });
    const body = JSON.stringify(
      streamed ? { model: MODEL, messages, stream: true, stream_options: { include_usage: true } } : { model: MODEL, messages },
    );
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
      body,
      dispatcher,
    };
    const send = () => request(`${baseURL}/chat/completions`, options);
    if (!streamed) return async () => (await (await send()).body.json()).choices[0].message.content;
    return async () => {
      let text = '';
      let rest = '';
      const response = await send();
      response.body.setEncoding('utf8');
      for await (const bytes of response.body) {
        const events = (rest + bytes).split('\n\n');
        rest = events.pop();
        for (const event of events)
          if (event.startsWith('data: {')) text += JSON.parse(event.slice(6)).choices[0]?.delta?.content ?? '';
      }
      return text;
    };
  },
};

const [peer, mode, baseURL, ...numbers] = process.argv.slice(2);
const [inFlight, warm, requests, textLength] = numbers.map(Number);
const call = await peers[peer](baseURL, mode === 'streamed');
let failed = 0;

async function run(count) {
  let started = 0;
  const worker = async () => {
    while (started++ < count) {
      try {
        if ((await call()).length !== textLength) failed++;
      } catch (error) {
        if (failed++ === 0) console.error(error);
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

await run(warm);
const cpu = process.cpuUsage();
const wall = process.hrtime.bigint();
await run(requests);
const wallMs = Number(process.hrtime.bigint() - wall) / 1e6;
const { user, system } = process.cpuUsage(cpu);
console.log((user + system) / requests, wallMs, failed);
process.exit(0);
