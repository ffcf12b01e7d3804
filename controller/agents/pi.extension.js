// Loaded by `-e`: keeps one small file a process, by which Muster sees conversation and activity. The agent itself
// writes nothing before its first answer. Only what is new is written, and nothing of what is said.
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const home = process.env.PI_CODING_AGENT_DIR || join(homedir(), ".pi", "agent");
const place = join(home, "muster");
const file = join(place, `${process.pid}.json`);

function startTicks() {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]; // field 22; the name before it may hold spaces
  } catch {
    return undefined; // not Linux: the file's time tells whose it is
  }
}

export default function (pi) {
  const said = { pid: process.pid, procStart: startTicks() };
  const tell = (status, ctx) => {
    try {
      const entry = { ...said, sessionId: ctx.sessionManager.getSessionId(), status, since: Date.now() };
      mkdirSync(place, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, JSON.stringify(entry), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch {
      // Unknown counts as busy; the agent goes on.
    }
  };
  pi.on("session_start", (_event, ctx) => tell("idle", ctx));
  pi.on("before_agent_start", (_event, ctx) => tell("busy", ctx));
  pi.on("agent_start", (_event, ctx) => tell("busy", ctx));
  pi.on("agent_end", (_event, ctx) => tell("idle", ctx));
  pi.on("session_before_compact", (_event, ctx) => tell("busy", ctx));
  pi.on("session_compact", (_event, ctx) => tell("idle", ctx));
  pi.on("session_shutdown", () => {
    try {
      unlinkSync(file);
    } catch {
      // It was never there.
    }
  });
}
