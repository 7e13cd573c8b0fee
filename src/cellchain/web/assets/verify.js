// Checks a proof in the reader's own browser: a file that was dropped or chosen, never sent anywhere.

import { PATTERN, VECTORS, run } from "./verifier.js";

const form = document.getElementById("proof-form");
const file = document.getElementById("proof");
const result = document.getElementById("result");
const blank = result.cloneNode(true);

// The proof in a file: the JSON itself, or the data inside its page. What else the page says is not read.
function proofIn(text) {
  if (text.trimStart().startsWith("{")) return JSON.parse(text);
  const inside = text.match(/<script type="application\/json" id="page-data">([^<]*)<\/script>/);
  if (!inside) throw new Error("This file is neither a proof nor the page of one.");
  return JSON.parse(inside[1]).proof;
}

// The visitor's key, or this server's: the line without a height is that of the key in force.
function trustLine({ finality }) {
  const given = document.getElementById("key").value.trim();
  const byValidators = finality.kind === "finality.comet/1";
  if (!given) return (byValidators && form.dataset.network) || form.dataset.trust;
  if (given.startsWith("{")) return given;
  const lines = given.split("\n").map((line) => line.trim());
  return lines.find((line) => line && !line.includes(" "));
}

// When the visitor got the file, as said; now otherwise.
function receivedMs() {
  const said = document.getElementById("at").value.trim();
  if (!said) return Date.now();
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/.test(said)) throw new Error("This is no time: 2026-11-29T12:00:00Z");
  return Date.parse(said);
}

// The witnesses that the visitor names: all of them must have cosigned.
function witnessLines() {
  return document.getElementById("witnesses").value.split("\n").map((line) => line.trim()).filter(Boolean);
}

function failed(error) {
  document.getElementById("verdict").className = "chip bad";
  document.getElementById("verdict").textContent = "Not proved: this cannot be read";
  document.getElementById("sentence").textContent = String(error.message || error);
}

async function check(chosen) {
  document.getElementById("told")?.remove();
  result.replaceChildren(...blank.cloneNode(true).childNodes);
  result.hidden = false;
  try {
    const proof = proofIn(await chosen.text());
    const given = { trust: trustLine(proof), witnesses: witnessLines(), vectors: VECTORS, pattern: PATTERN };
    await run({ proof, ...given }, receivedMs());
  } catch (error) {
    failed(error);
  }
  result.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (file.files.length) check(file.files[0]);
});
file.addEventListener("change", () => file.files.length && check(file.files[0]));
for (const name of ["dragover", "drop"])
  document.addEventListener(name, (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    if (name === "drop") check(event.dataTransfer.files[0]);
  });
document.getElementById("where").textContent = "It is checked in your browser and sent nowhere.";
