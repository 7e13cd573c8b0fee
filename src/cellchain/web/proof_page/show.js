// Fills the page. Only textContent is ever set: nothing in a proof can become markup.

const at = (id) => document.getElementById(id);

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function chip(id, className, text) {
  at(id).className = `chip ${className}`;
  at(id).textContent = text;
}

const grouped = (key) => String(key).replace(/.{8}(?=.)/g, "$& ");

function tableBody(rows) {
  const body = document.createElement("tbody");
  for (const [name, value, series] of rows) {
    const row = document.createElement("tr");
    const head = element("th", name);
    head.scope = "row";
    row.append(head, series ? seriesCell(value, series) : element("td", value));
    body.append(row);
  }
  return body;
}

// A numbered series: its range, a bar for each value between least and greatest, all values on demand.
function seriesCell(value, { range, shares }) {
  const [cell, all] = [element("td", range), document.createElement("details")];
  all.className = "small";
  all.append(element("summary", `all ${shares.length} values`), element("span", value, "quiet"));
  cell.append(bars(shares), all);
  return cell;
}

function bars(shares) {
  const drawing = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const picture = drawing("svg", {
    viewBox: `0 0 ${shares.length * 4} 32`, preserveAspectRatio: "none", class: "bars", "aria-hidden": "true",
  });
  shares.forEach((share, place) => {
    const height = 4 + 28 * share;
    picture.append(drawing("rect", { x: place * 4, y: 32 - height, width: 3, height }));
  });
  return picture;
}

function showClaim(told, good) {
  document.title = `${told.title} · cellchain proof`;
  at("title").textContent = told.title;
  at("sentence").textContent = good ? told.sentence : `Claimed, and not proved: ${told.sentence}`;
  at("facts-title").textContent = good ? told.heading : "What is claimed, and not proved";
  if (told.rows.length) {
    const table = document.createElement("table");
    table.append(tableBody(told.rows));
    at("facts").append(table);
  }
  told.groups.forEach(({ title, rows }, place) => {
    const [group, table] = [document.createElement("details"), document.createElement("table")];
    group.open = place === 0;
    table.append(tableBody(rows));
    group.append(element("summary", title), table);
    at("facts").append(group);
  });
  at("facts-card").hidden = !at("facts").firstChild;
}

function showSteps(steps) {
  for (const { sentence, good } of steps) {
    const item = element("li", "");
    const mark = element("span", good ? "holds" : "fails", `chip ${good ? "good" : "bad"}`);
    item.append(mark, " ", element("span", sentence));
    at("steps").append(item);
  }
}

// Who vouches for a proof: a sentence for a good one, what they are, and their keys or addresses.
async function vouchers(proof, verify) {
  const { chain } = blockOf(proof);
  if (proof.finality.kind !== "finality.comet/1")
    return [`The operator of the ledger “${chain}” signed it with the key`, "the key", grouped(proof.finality.header.header.operator)];
  const block = proof.finality.blocks[proof.finality.blocks.length - 1];
  const signers = await signersOf(block, verify);
  const power = `with ${decimal(powerOf(signers), 0)} of ${decimal(powerOf(block.validators), 0)} power`;
  const count = `${signers.length} of the ${block.validators.length} validators of the ledger “${chain}”, ${power},`;
  const when = moment(blockOf(proof).timeMs);
  return [`${count} signed its header ${decimal(block.header.height, 0)} of ${when}:`, "the validators", signers.map(addressOf).join(" ")];
}

// What is trusted: its ledger, what it is, and the digits to compare.
function trustTold(line, proof) {
  const trust = parseConsortiumTrust(line);
  if (trust === null) {
    const { chain, key } = parseTrust(line);
    return [chain, "the key", grouped(key)];
  }
  const { chain } = blockOf(proof);
  if (trust.kind === "trust.pin/1") return [chain, `header ${decimal(trust.height, 0)} with the hash`, grouped(trust.hash)];
  if (trust.kind === "trust.header/1") {
    const { header } = trust.block;
    return [header.chain, `header ${decimal(header.height, 0)} with the hash`, grouped(toHex(headerHash(header)))];
  }
  const began = `the validators of ${moment(trust.time[0] * 1000)}, when the network began, whose hash is`;
  return [trust.chain, began, grouped(validatorsHash(trust.validators))];
}

async function run({ proof, trust, witnesses = [], vectors, pattern }, nowMs = Date.now()) {
  at("raw").textContent = JSON.stringify(proof, null, 1);
  const [chain, sort, digits] = trustTold(trust, proof);
  at("fingerprint").textContent = digits;
  const { verify, own } = await chooseVerifier(vectors, pattern);
  const { steps, good } = await checkProof(proof, trust, verify, witnesses, nowMs);
  showSteps([
    { good: true, sentence: "The signature checker rejects the eleven forgeries it must reject and accepts the " +
      `one signature it must accept (${own ? "this page's own checker; the browser's is more lenient or absent" : "the browser's"}).` },
    ...steps,
  ]);
  showClaim(claimTold(proof, parseConsortiumTrust(trust)), good);
  const [sentence, sorts, names] = await vouchers(proof, verify);
  at("vouched").textContent = good ? sentence : `Nobody, as far as this page can tell. The proof names ${sorts}`;
  at("operator").textContent = names;
  at("trust-sort").textContent = sort;
  at("trust-name").textContent = chain;
  chip("verdict", good ? "good" : "bad", good ? "Proved: every step holds" : "Not proved: a step fails");
}

