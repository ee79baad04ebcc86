"use strict";

const LABELS = {  // as printed on the cards
  id_number: ["ID number", "Số"], full_name: ["Full name", "Họ và tên"], date_of_birth: ["Date of birth", "Ngày sinh"],
  sex: ["Sex", "Giới tính"], nationality: ["Nationality", "Quốc tịch"], place_of_origin: ["Place of origin", "Quê quán"],
  place_of_residence: ["Place of residence", "Nơi thường trú"], date_of_expiry: ["Date of expiry", "Có giá trị đến"],
};
const MARKS = { pass: "✓", fail: "✗", unknown: "–" };
const $ = (id) => document.getElementById(id);
const percent = (share) => `${Math.round(share * 100)} %`;
let latest = 0;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function draw(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return $("photo").appendChild(element);
}

function say(text, isError = false) {
  $("status").textContent = text;
  $("status").className = isError ? "error" : "";
}

async function read(file) {
  const turn = ++latest;
  $("result").hidden = true;
  say("Reading …");
  await show(file, turn);
  try {
    const answer = await fetch("v1/cards", { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
    const body = await answer.json();
    if (turn !== latest) return;
    if (answer.ok) report(body);
    else say(`${body.detail} (${body.code}, request ${body.request_id})`, true);
  } catch {
    if (turn === latest) say("The server did not answer. Try again.", true);
  }
}

async function show(file, turn) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  $("photo").replaceChildren();
  $("photo").toggleAttribute("hidden", true);
  try { await image.decode(); } catch { return; }  // TIFF: the API reads it, browsers do not show it
  if (turn !== latest) return;
  const size = { width: image.naturalWidth, height: image.naturalHeight };
  $("photo").setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  draw("image", { href: image.src, ...size });
  $("photo").toggleAttribute("hidden", false);
}

function report(answer) {
  say(`Read in ${Math.round(answer.timing_ms.total)} ms.`);
  $("card").textContent = `${answer.card.type}, ${answer.card.side} (${percent(answer.card.confidence)})`;
  draw("polygon", { points: answer.card.corners.join(" "), class: "card" });
  $("fields").replaceChildren(...Object.entries(answer.fields).map(([name, field]) => fieldRow(name, field)));
  $("checks").replaceChildren(...answer.checks.map((check) => make("li", { className: check.result },
    `${MARKS[check.result]} ${check.name.replaceAll("_", " ")}: ${check.result}`)));
  const versions = Object.entries(answer.models).map(([name, model]) => `${name} ${model.version} (${model.label})`);
  const { issues, card_pixels, ...shares } = answer.quality;
  const quality = Object.entries(shares).map(([name, share]) => `${name.replace("_", " ")} ${percent(share)}`);
  quality.push(`card pixels ${card_pixels}`, ...issues.map((issue) => issue.detail));
  $("details").textContent = [...quality, ...versions, ...answer.warnings].join(" · ");
  $("copy").onclick = () => navigator.clipboard.writeText(JSON.stringify(answer, null, 2));
  $("result").hidden = false;
}

function fieldRow(name, field) {
  const boxes = field.words.map((word) => draw("polygon", { points: word.polygon.join(" ") }));
  const light = (on) => () => boxes.forEach((box) => box.classList.toggle("lit", on));
  const [english, vietnamese] = LABELS[name] ?? [name, ""];
  const value = field.value !== null && field.value !== field.text ? [make("small", {}, field.value)] : [];
  return make("tr", { tabIndex: 0, onmouseenter: light(true), onmouseleave: light(false), onfocus: light(true), onblur: light(false) },
    make("th", { scope: "row" }, english, make("small", { lang: "vi" }, vietnamese)),
    make("td", { lang: "vi" }, field.text, ...value),
    make("td", {}, make("meter", { value: field.confidence, low: 0.5, high: 0.9, optimum: 1, ariaLabel: "Confidence" }), ` ${percent(field.confidence)}`));
}

$("file").onchange = (event) => event.target.files[0] && read(event.target.files[0]);
document.onpaste = (event) => event.clipboardData.files[0] && read(event.clipboardData.files[0]);
document.ondragover = (event) => { event.preventDefault(); $("drop").classList.add("over"); };
document.ondragleave = () => $("drop").classList.remove("over");
document.ondrop = (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  if (event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
};
