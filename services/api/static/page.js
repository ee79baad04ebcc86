// A photo goes to POST /v1/cards and is drawn on. Nothing is kept but the language; nothing else is asked.
import { $, make } from "./dom.js";
import { clearDrawing, drawCard, showCrop, showPhoto } from "./photo.js";
import { copyAndSay, curlCommand, showResult } from "./result.js";
import { currentLanguage, problemSentence, say, setLanguage } from "./words.js";

const WORTH_TRYING_AGAIN = new Set([0, 401, 408, 429, 500, 502, 503, 504]);

let photo = { file: null, isShown: false };
let outcome = { state: "none" };  // then "reading", "done" with `answer`, or "failed" with `problem`
let key = "";
let latest = 0;

async function read(file) {
  const turn = ++latest;
  photo = { file, isShown: false };
  outcome = { state: "reading" };
  show();
  const isShown = await showPhoto(file);
  const next = await send(file, isShown ? "" : "?include=words,timing,crop");
  if (turn !== latest) return;  // another photo has been chosen since
  photo.isShown = isShown;
  outcome = next;
  show();
}

async function send(file, query) {
  const headers = { "Content-Type": "application/octet-stream", ...(key && { Authorization: `Bearer ${key}` }) };
  try {
    const response = await fetch(`v1/cards${query}`, { method: "POST", body: file, headers });
    const answer = await response.json().catch(() => null);
    if (response.ok && answer?.fields) return { state: "done", answer };
    if (!response.ok && answer?.code) return { state: "failed", problem: answer };
    const status = response.ok ? 0 : response.status;  // a login page, say, is worth trying again
    return { state: "failed", problem: { status, code: "not_ours" } };
  } catch {
    return { state: "failed", problem: { status: 0, code: "no_answer" } };
  }
}

/** Everything that changes, from `photo` and `outcome`, in the current language. */
function show() {
  const { state, answer, problem } = outcome;
  document.documentElement.lang = currentLanguage();
  for (const element of document.querySelectorAll("[data-says]")) element.textContent = say(element.dataset.says);
  for (const element of document.querySelectorAll("[data-names]")) element.ariaLabel = say(element.dataset.names);
  for (const button of document.querySelectorAll("[data-language]")) {
    button.ariaPressed = String(button.dataset.language === currentLanguage());
  }
  $("photo").alt = say("photo_alt");
  $("stage").hidden = $("labelling").hidden = !photo.isShown;
  $("crop").alt = say("crop_alt");
  $("cut-out").hidden = photo.isShown || !answer;
  document.body.classList.toggle("busy", state === "reading");
  $("status").textContent = state === "failed" ? "" : say(state, answer);
  $("problem").replaceChildren(...(problem ? sentences(problem) : []));
  $("again").hidden = !problem || !WORTH_TRYING_AGAIN.has(problem.status);
  $("result").hidden = !answer;
  if (problem?.status === 401) askForKey();
  if (!answer) return clearDrawing();
  showResult(answer);
  $("curl").textContent = curlCommand(photo.file, key !== "");
  if (photo.isShown) drawCard(answer);
  else showCrop(answer.crop);
}

function sentences(problem) {
  const told = [problem.code, problem.request_id].filter(Boolean).join(", ");
  return [make("p", {}, problemSentence(problem)), make("small", {}, told)];
}

function askForKey() {
  $("access").open = true;
  $("key").focus();
}

for (const input of [$("file"), $("camera")]) {
  input.onchange = () => {
    if (input.files[0]) read(input.files[0]);
    input.value = "";  // so that the same photo can be chosen again
  };
}
document.onpaste = (event) => event.clipboardData.files[0] && read(event.clipboardData.files[0]);
document.ondragover = (event) => { event.preventDefault(); $("drop").classList.add("over"); };
document.ondragleave = () => $("drop").classList.remove("over");
document.ondrop = (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  if (event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
};

$("key-form").onsubmit = (event) => {
  event.preventDefault();
  key = $("key").value.replace(/[^!-~]/g, "");  // what no header can hold was pasted by mistake
  if (outcome.problem && photo.file) read(photo.file);
  else $("status").textContent = say("key_set");
};
$("again").onclick = () => read(photo.file);
$("copy-json").onclick = () => copyAndSay(JSON.stringify({ ...outcome.answer, crop: undefined }, null, 2));
$("copy-curl").onclick = () => copyAndSay($("curl").textContent);
for (const button of document.querySelectorAll("[data-language]")) {
  button.onclick = () => { setLanguage(button.dataset.language); show(); };
}

const label = () => $("labels").classList.toggle("hidden", !$("labelled").checked);
$("labelled").checked = matchMedia("(min-width: 40rem)").matches;  // on a phone they would cover the words
$("labelled").onchange = label;
label();
show();
