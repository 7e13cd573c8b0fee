// Checks a block in the reader's own browser, with the very scripts that proof pages check with.
//
//   trusted key → (rotations) → the operator's key → the signed header → its transactions

import {
  PATTERN, VECTORS, canonicalText, chooseVerifier, fromHex, headerGood, operatorTrusted, parseTrust, sha256,
  showSteps, step, toHex, utf8,
} from "./verifier.js";

const button = document.getElementById("check");

// The header names the SHA-256 of the ids of its transactions, each the SHA-256 of an envelope. An
// envelope that is for members stays with the server, and is counted by its id.
function transactionsHash(given, envelopes) {
  const ids = envelopes.map((envelope, place) => envelope === null ? given[place] : toHex(sha256(utf8(envelope))));
  return toHex(sha256(fromHex(ids.join(""))));
}

async function checkBlock({ finality, ids, transactions, operator_key: line }, height, shown) {
  const { header } = finality.header;
  const trusted = parseTrust(line);
  const { verify } = await chooseVerifier(VECTORS, PATTERN);
  const count = transactions.length === 1 ? "the one transaction" : `the ${transactions.length} transactions`;
  return [
    await step(`This is the header of block ${height} of the ledger “${trusted.chain}”.`, () =>
      header.height === height && header.chain === trusted.chain),
    await step("The operator signed this very header.", () => headerGood(finality.header, verify)),
    await step("The operator's key is the one in force here, or leads to it by signed rotations.", () =>
      operatorTrusted(header, trusted, finality.rotations || [], verify)),
    await step("The header shown on this page is the one that was signed.", () =>
      toHex(sha256(utf8(canonicalText(header)))) === shown),
    await step(`The header covers ${count} of the block, and no other.`, () =>
      transactionsHash(ids, transactions) === header.transactions),
  ];
}

async function check() {
  const { block, header } = button.dataset;
  const list = document.getElementById("steps");
  button.disabled = true;
  try {
    const answer = await fetch(`/api/v1/blocks/${block}/raw`);
    if (!answer.ok) throw new Error(`The block could not be fetched (${answer.status}).`);
    const steps = await checkBlock(await answer.json(), Number(block), header);
    list.replaceChildren();
    showSteps(steps);
  } catch (error) {
    list.replaceChildren();
    showSteps([{ good: false, sentence: String(error.message || error) }]);
  } finally {
    button.disabled = false;
  }
}

button.hidden = false;
button.addEventListener("click", check);
