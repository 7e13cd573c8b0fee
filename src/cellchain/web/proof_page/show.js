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

async function run({ proof, trust, witnesses = [], vectors, pattern }) {
  at("raw").textContent = JSON.stringify(proof, null, 1);
  const trusted = parseTrust(trust);
  at("fingerprint").textContent = grouped(trusted.key);
  const { verify, own } = await chooseVerifier(vectors, pattern);
  const { steps, good } = await checkProof(proof, trust, verify, witnesses);
  showSteps([
    { good: true, sentence: "The signature checker rejects the eleven forgeries it must reject and accepts the " +
      `one signature it must accept (${own ? "this page's own checker; the browser's is more lenient or absent" : "the browser's"}).` },
    ...steps,
  ]);
  showClaim(claimTold(proof), good);
  const { chain, operator } = proof.finality.header.header;
  at("vouched").textContent = good
    ? `The operator of the ledger “${chain}” signed it with the key`
    : "Nobody, as far as this page can tell. The proof names the key";
  at("operator").textContent = grouped(operator);
  at("trust-name").textContent = trusted.chain;
  chip("verdict", good ? "good" : "bad", good ? "Proved: every step holds" : "Not proved: a step fails");
}

