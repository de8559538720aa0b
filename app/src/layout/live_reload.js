let isFirst = true;
new EventSource("/live-reload").onopen = () => {
  if (!isFirst) location.reload();
  isFirst = false;
};
