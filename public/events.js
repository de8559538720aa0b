// Holds the one stream of events for all tabs of a browser. HTTP/1.1 allows six connections to a host: with a stream
// for each tab, the seventh would never load. Runs as a shared worker or, if the browser has none, as a page's own.
"use strict";

const RETRY_MILLISECONDS = 5000;

const pages = new Set();
let source;
// The last event that was heard, or the one that the first page already contains.
let seen = 0;

function broadcast(text) {
  for (const page of pages) page.postMessage(text);
}

function open() {
  if (source) return;
  source = new EventSource(`/events?since=${seen}`);
  source.onmessage = (event) => {
    seen = Number(event.lastEventId);
    broadcast(event.data);
  };
  source.onerror = () => {
    // It reconnects by itself after a break, but not after an error response.
    if (source.readyState === EventSource.CLOSED) reopen();
  };
}

async function reopen() {
  source = undefined;
  const answer = await fetch("/events", { method: "HEAD" }).catch(() => undefined);
  if (answer?.status === 401) broadcast('"SignedOut"');
  else setTimeout(open, RETRY_MILLISECONDS);
}

function connect(page) {
  page.onmessage = ({ data }) => {
    if (data === "bye") {
      pages.delete(page);
      return;
    }
    // The last event that the page's data contain.
    pages.add(page);
    seen ||= data;
    if (data < seen) page.postMessage('"Resync"');
    open();
  };
}

if ("onconnect" in self) self.onconnect = ({ ports: [page] }) => connect(page);
else connect(self);
