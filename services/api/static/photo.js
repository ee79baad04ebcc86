// The photo, with what was found in it drawn on top. Polygons are in pixels of the upright photo.
import { $, make } from "./dom.js";
import { fieldName, percent } from "./words.js";

const UNSURE = 0.8;  // words below it are dashed

/** Shows `file`, upright; false where the browser cannot (HEIC, TIFF, WebP that may lie on its side). */
export async function showPhoto(file) {
  if (await isWebpWithExif(file)) return false;
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  const seen = await image.decode().then(() => true, () => false);
  if (seen) {
    $("photo").src = url;
    await $("photo").decode().catch(() => {});
    $("boxes").setAttribute("viewBox", `0 0 ${$("photo").naturalWidth} ${$("photo").naturalHeight}`);
  }
  URL.revokeObjectURL(url);
  return seen;
}

/** Browsers do not turn WebP by its EXIF orientation, as the API does. RFC 9649 §2.7: a flag of its header. */
async function isWebpWithExif(file) {
  const head = new Uint8Array(await file.slice(0, 21).arrayBuffer());
  return new TextDecoder("latin1").decode(head.subarray(8, 16)) === "WEBPVP8X" && (head[20] & 8) !== 0;
}

/** Shows the card that the API cut out: base64 of a JPEG. */
export function showCrop(base64) {
  const url = URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]));
  $("crop").src = url;
  $("crop").onload = () => URL.revokeObjectURL(url);
}

export function clearDrawing() {
  $("boxes").replaceChildren();
  $("labels").replaceChildren();
}

export function drawCard(answer) {
  clearDrawing();
  polygon($("boxes"), answer.card.corners, "card");
  for (const [name, field] of Object.entries(answer.fields)) drawField(name, field, isDoubted(name, answer.checks));
}

function drawField(name, field, isDoubted) {
  const group = $("boxes").appendChild(document.createElementNS("http://www.w3.org/2000/svg", "g"));
  group.dataset.field = name;
  group.classList.toggle("doubted", isDoubted);
  group.onpointerenter = () => light(name, true);
  group.onpointerleave = () => light(name, false);
  polygon(group, field.polygon, "field");
  for (const { polygon: outline, confidence } of field.words.length ? field.words : [field]) {  // a QR code has no words
    polygon(group, outline, confidence < UNSURE ? "word unsure" : "word");
  }
  $("labels").append(label(name, field, isDoubted));
}

/** Whether a check that looks at the field fails. */
export function isDoubted(name, checks) {
  return checks.some((check) => check.result === "fail" && check.fields.includes(name));
}

function label(name, field, isDoubted) {
  const text = `${isDoubted ? "✗ " : ""}${fieldName(name)} ${percent(field.confidence)}`;
  const element = make("span", { textContent: text, className: isDoubted ? "doubted" : "" });
  const [x, y] = leftEnd(field.polygon);
  element.style.left = `${(100 * x) / $("photo").naturalWidth}%`;
  element.style.top = `${(100 * y) / $("photo").naturalHeight}%`;
  element.dataset.field = name;
  return element;
}

/** Of a quadrangle, whichever way it lies: the upper one of its two leftmost points. */
function leftEnd(points) {
  const [one, other] = [...points].sort((a, b) => a[0] - b[0]);
  return one[1] < other[1] ? one : other;
}

function polygon(parent, points, className) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  element.setAttribute("points", points.join(" "));
  element.setAttribute("class", className);
  parent.append(element);
}

/** Marks everything of one field, on the photo and in the table. */
export function light(name, isLit) {
  for (const element of document.querySelectorAll(`[data-field="${name}"]`)) element.classList.toggle("lit", isLit);
}
