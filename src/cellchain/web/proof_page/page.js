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

function showClaim(told, good) {
  document.title = `${told.title} · cellchain proof`;
  at("title").textContent = told.title;
  at("sentence").textContent = good ? told.sentence : `Claimed, and not proved: ${told.sentence}`;
  for (const [name, value] of told.rows) {
    const row = document.createElement("tr");
    const head = element("th", name);
    head.scope = "row";
    row.append(head, element("td", value));
    at("facts").append(row);
  }
  at("facts-card").hidden = told.rows.length === 0;
}

function showSteps(steps) {
  for (const { sentence, good } of steps) {
    const item = element("li", "");
    item.append(element("span", good ? "holds" : "fails", `chip ${good ? "good" : "bad"}`), ` ${sentence}`);
    at("steps").append(item);
  }
}

async function run({ proof, trust, vectors, pattern }) {
  at("raw").textContent = JSON.stringify(proof, null, 1);
  const trusted = parseTrust(trust);
  at("trust-name").textContent = trusted.chain;
  at("fingerprint").textContent = trusted.key.match(/.{8}/g).join(" ");
  const { verify, own } = await chooseVerifier(vectors, pattern);
  const { steps, good } = await checkProof(proof, trust, verify);
  showSteps([
    { good: true, sentence: "The signature checker rejects the eleven forgeries it must reject and accepts the " +
      `one signature it must accept (${own ? "this page's own checker; the browser's is more lenient or absent" : "the browser's"}).` },
    ...steps,
  ]);
  showClaim(claimTold(proof), good);
  at("operator").textContent = proof.finality.header.header.operator.match(/.{8}/g).join(" ");
  chip("verdict", good ? "good" : "bad", good ? "Proved: every step holds" : "Not proved: a step fails");
}

run(JSON.parse(at("page-data").textContent)).catch((error) => {
  chip("verdict", "bad", "Not proved: this proof cannot be read");
  at("sentence").textContent = String(error.message || error);
}).finally(() => { document.documentElement.dataset.done = "yes"; });
