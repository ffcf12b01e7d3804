// Given by opencode.tui.json; opencode draws nothing before it has run. An opened conversation goes on with the model of
// the person's newest message, whatever -m says. So where that is another one, a message without a word is put at the
// end, through opencode's own interface; after the next turn it is taken away again. For a model that it does not know
// opencode silently takes another: it is ended instead. One small file a process tells Muster conversation and activity.
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const place = join(process.env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "opencode", "muster");
const file = join(place, `${process.pid}.json`);
const WAIT = 60_000; // milliseconds for the list of models, which is there when opencode is ready; longer than any start
const TICK = 500; // milliseconds; a change of conversation sends no event

function startTicks() {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]; // field 22; the name before it may hold spaces
  } catch {
    return undefined; // not Linux: the file's time tells whose it is
  }
}

async function known({ providerID, modelID }, api) {
  for (const end = Date.now() + WAIT; Date.now() < end && !(api.state.ready && api.state.provider.length); )
    await new Promise((done) => setTimeout(done, 50));
  return Boolean(api.state.provider.find((one) => one.id === providerID)?.models[modelID]);
}

// Gives the message that was added; none where the conversation is on the model already, or follows -m by itself.
async function move(sessionID, model, api) {
  const session = (await api.client.session.get({ sessionID }, { throwOnError: true })).data;
  const messages = (await api.client.session.messages({ sessionID, limit: 100 }, { throwOnError: true })).data;
  const last = messages.findLast((one) => one.info.role === "user")?.info;
  const agents = (await api.client.app.agents({}, { throwOnError: true })).data;
  const agent = agents.find((one) => one.name === last?.agent && one.mode !== "subagent" && !one.hidden)?.name;
  if (!agent || !last.model) return undefined;
  if (last.model.providerID === model.providerID && last.model.modelID === model.modelID) return undefined;
  if (session.revert) throw new Error("an undo can still be redone, and moving would make it final");
  const asked = { sessionID, agent, model, noReply: true, parts: [] };
  return (await api.client.session.prompt(asked, { throwOnError: true })).data.info.id;
}

function watch(api, marker) {
  const busy = new Map();
  const said = { pid: process.pid, procStart: startTicks() };
  let told;
  const root = (id) => (api.state.session.get(id)?.parentID ? root(api.state.session.get(id).parentID) : id);
  const tell = () => {
    const route = api.route.current;
    const sessionId = route.name === "session" ? root(route.params.sessionID) : undefined;
    const seen = [...new Set([sessionId, ...busy.keys()])].filter(Boolean);
    const asks = (id) => api.state.session.permission(id).length || api.state.session.question(id).length;
    const works = busy.get(sessionId) ? "busy" : [...busy.values()].some(Boolean) ? "background" : "idle";
    const status = seen.some(asks) ? "waiting" : works;
    if (told === `${sessionId} ${status}`) return;
    try {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, JSON.stringify({ ...said, sessionId, status, since: Date.now() }), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      told = `${sessionId} ${status}`;
    } catch {
      // Unknown counts as busy; the agent goes on.
    }
  };
  api.event.on("session.status", async ({ properties: { sessionID, status } }) => {
    busy.set(sessionID, status.type !== "idle");
    tell();
    if (marker?.sessionID !== sessionID || status.type !== "idle") return;
    const { data } = await api.client.session.deleteMessage(marker);
    if (data) marker = undefined; // refused while it is at work; the next idle comes
  });
  setInterval(tell, TICK).unref();
  process.on("exit", () => {
    try {
      unlinkSync(file);
    } catch {
      // It was never there.
    }
  });
  tell();
}

async function tui(api) {
  const asked = process.argv[process.argv.indexOf("-m") + 1] ?? "";
  const [providerID, ...rest] = asked.split("/");
  const model = { providerID, modelID: rest.join("/") };
  const { name, params } = api.route.current;
  try {
    if (!(await known(model, api))) throw new Error("opencode does not know this model");
    const messageID = name === "session" ? await move(params.sessionID, model, api) : undefined;
    watch(api, messageID && { sessionID: params.sessionID, messageID });
  } catch (error) {
    api.renderer.destroy();
    console.error(`cannot go on with ${asked}: ${error?.message ?? JSON.stringify(error)}`);
    process.exit(1);
  }
}

export default { id: "muster", tui };
