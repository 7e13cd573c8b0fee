// Reads the code on a battery, by camera or from a picture, and leads to the page that it names.
// The browser's own reader where it has one, else jsQR, which is fetched only then.

const place = document.getElementById("scan");
const video = document.getElementById("picture");
const said = document.getElementById("scan-said");
const EDGE_MAX = 1024; // of the picture that is searched: a code that fills a tenth of it is found

function loaded(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error("The reader could not be fetched."));
    document.head.append(script);
  });
}

async function chooseReader() {
  const formats = "BarcodeDetector" in globalThis ? await BarcodeDetector.getSupportedFormats() : [];
  if (formats.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (picture) => (await detector.detect(picture))[0]?.rawValue;
  }
  if (!globalThis.jsQR) await loaded(place.dataset.reader);
  return (picture) => {
    const [width, height] = [picture.videoWidth || picture.width, picture.videoHeight || picture.height];
    const scale = Math.min(1, EDGE_MAX / Math.max(width, height));
    const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, canvas.width, canvas.height)?.data;
  };
}

// A GS1 Digital Link leads to our own page of what it names, whatever the host in it.
function follow(text) {
  const named = text.match(/\/(01\/\d{14}(?:\/21\/[^/?#\s]+)?)/);
  if (named) location.assign(`/${named[1]}`);
  else said.textContent = `The code says “${text.slice(0, 200)}”. That is no link to a battery.`;
}

const frame = () => new Promise((resolve) => { requestAnimationFrame(resolve); });

async function watch() {
  said.textContent = "";
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    const read = await chooseReader();
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    said.textContent = "Hold the code before the camera.";
    for (;;) {
      const text = video.videoWidth ? await read(video) : null;
      if (text) return text;
      if (!stream.active) throw new Error("The camera was switched off.");
      await frame();
    }
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    video.hidden = true;
  }
}

async function readPicture(file) {
  const read = await chooseReader();
  const text = await read(await createImageBitmap(file));
  if (!text) throw new Error("No code was found in this picture. Come nearer, and hold it straight.");
  return text;
}

const tell = (error) => {
  const refused = error.name === "NotAllowedError";
  said.textContent = refused ? "The camera was not allowed. A picture of the code does as well." : error.message;
};

const camera = document.getElementById("camera");
camera.addEventListener("click", () => {
  camera.disabled = true;
  watch().then(follow).catch(tell).finally(() => { camera.disabled = false; });
});
document.getElementById("photo").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) readPicture(file).then(follow).catch(tell);
});
camera.hidden = !navigator.mediaDevices; // only where the page came by https, or from this machine
place.hidden = false;
