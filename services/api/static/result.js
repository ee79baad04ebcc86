// The answer beside the photo: remarks, fields, checks, details.
import { $, copy, make } from "./dom.js";
import { isDoubted, light } from "./photo.js";
import { cardName, checkName, fieldName, issueSentence, measureName, percent, say } from "./words.js";

const MARKS = { pass: "✓", fail: "✗", unknown: "–" };

export function showResult(answer) {
  $("card").textContent = `${cardName(answer.card)} (${percent(answer.card.confidence)})`;
  $("remarks").replaceChildren(...remarks(answer).map((text) => make("li", {}, text)));
  $("fields").replaceChildren(...Object.entries(answer.fields).map(([name, field]) => row(name, field, answer.checks)));
  $("checks").replaceChildren(...answer.checks.map((check) => make("li", { className: check.result },
    `${MARKS[check.result]} ${checkName(check.name)}: ${say(check.result)}`)));
  $("details").replaceChildren(...details(answer).flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)]));
}

function remarks(answer) {
  const missing = answer.warnings.filter((warning) => warning.startsWith("field_missing:"));
  const completed = answer.warnings.some((warning) => warning.startsWith("corner_completed:"));
  return [
    ...answer.quality.issues.map(issueSentence),
    ...(completed ? [say("corner_completed")] : []),
    ...missing.map((warning) => say("field_missing", fieldName(warning.split(":")[1]))),
  ];
}

function row(name, field, checks) {
  const doubted = isDoubted(name, checks);
  const button = make("button", { type: "button", ariaLabel: say("copy_field", fieldName(name)) }, say("copy"));
  button.onclick = () => copyAndSay(field.value ?? field.text);
  const element = make("tr", {},
    make("th", { scope: "row" }, fieldName(name)),
    make("td", {}, make("span", { lang: "vi", className: `text ${name}` }, lines(name, field)), ...notes(name, field, doubted)),
    make("td", {}, meter(field.confidence), ` ${percent(field.confidence)}`),
    make("td", {}, button));
  element.dataset.field = name;
  element.classList.toggle("doubted", doubted);
  for (const begun of ["pointerenter", "focusin"]) element.addEventListener(begun, () => light(name, true));
  for (const ended of ["pointerleave", "focusout"]) element.addEventListener(ended, () => light(name, false));
  return element;
}

/** The text; that of a machine-readable zone on its three lines. */
function lines(name, field) {
  return name === "mrz" ? field.text.replaceAll(" ", "\n") : field.text;
}

function notes(name, field, doubted) {
  const units = ["ward", "district", "province"].map((tier) => field.address?.[tier]?.name).filter(Boolean);
  return [
    ...(field.value !== null && field.value !== lines(name, field)
      ? [make("small", { className: `value ${name}` }, field.value)] : []),
    ...(units.length ? [make("small", { lang: "vi" }, `${say("matched")} ${units.join(", ")}`)] : []),
    ...(doubted ? [make("small", { className: "fail" }, `${MARKS.fail} ${say("doubted")}`)] : []),
  ];
}

function meter(share) {
  return make("meter", { value: share, low: 0.5, high: 0.9, optimum: 1, ariaLabel: say("confidence") });
}

function details(answer) {
  const { issues, card_pixels, ...shares } = answer.quality;
  const stages = Object.entries(answer.timing_ms).map(([stage, time]) => `${stage} ${time} ms`);
  const models = Object.entries(answer.models).map(([name, model]) => `${name} ${model.version} (${model.label})`);
  return [
    ...Object.entries(shares).map(([name, share]) => [measureName(name), percent(share)]),
    [measureName("card_pixels"), card_pixels],
    [say("models"), models.join(", ")],
    [say("time"), stages.join(", ")],
    [say("request"), answer.request_id],
  ];
}

/** The same in any shell; the key stands in a variable, for commands are kept in histories. */
export function curlCommand(file, needsKey) {
  const quote = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;
  return [
    "curl",
    `-H ${quote(`Content-Type: ${file.type || "application/octet-stream"}`)}`,
    ...(needsKey ? ['-H "Authorization: Bearer $OCR_API_KEY"'] : []),
    `--data-binary ${quote(`@${file.name}`)}`,
    quote(new URL("v1/cards", location.href)),
  ].join(" ");
}

export function copyAndSay(text) {
  const tell = (word) => () => { $("status").textContent = say(word); };
  copy(text).then(tell("copied"), tell("not_copied"));
}
