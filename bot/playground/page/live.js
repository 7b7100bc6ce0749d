// The line to the server: reads of the whole state, what a person does, and the live socket that always comes back.
import { apply, load, state, tell } from "./state.js";

let socket = null;
let wait = 300;
let turn = 0;

export async function ask(path, body) {
  try {
    const answer = await fetch(`/person/${path}`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ as: state.me, ...body }),
    });
    const read = await answer.json();
    if (read.ok) return read;
    return { ...read, ok: false, message: read.message || read.error || "That did not work." };
  } catch {
    return { ok: false, error: "offline", message: "The playground does not answer. Is it still running?" };
  }
}

// Says what went wrong as a line above the message box; answers whether it went well.
export async function doIt(path, body) {
  const answer = await ask(path, body);
  if (!answer.ok) tell("notice", answer.message);
  return answer;
}

export async function become(person) {
  const mine = ++turn;
  socket?.close();
  socket = null;
  tell("line", "connecting");
  const data = await whole(person);
  if (mine !== turn) return;
  if (data === GONE && person) return void become("");
  if (!data || data === GONE) return later(person, mine);
  load(data);
  open(mine);
}

const GONE = Symbol("there is no such person");

// The whole state as this person sees it; GONE, or nothing when the server does not answer.
async function whole(person) {
  try {
    const answer = await fetch(`/person/state?as=${encodeURIComponent(person ?? "")}`);
    return answer.status === 404 ? GONE : answer.ok && (await answer.json());
  } catch {
    return null;
  }
}

function later(person, mine) {
  tell("line", "offline");
  setTimeout(() => mine === turn && become(person), wait);
  wait = Math.min(wait * 2, 5000);
}

function open(mine) {
  const address = new URL(`/person/live?as=${encodeURIComponent(state.me)}&since=${state.seq}`, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const line = new WebSocket(address);
  socket = line;
  line.addEventListener("open", () => {
    wait = 300;
    if (mine === turn) tell("line", "live");
  });
  line.addEventListener("message", (event) => mine === turn && apply(JSON.parse(event.data)));
  line.addEventListener("close", () => mine === turn && later(state.me, mine));
}

export const reload = () => become(state.me);
