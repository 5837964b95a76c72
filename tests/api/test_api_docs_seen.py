"""The page at /docs in a real Chromium, under its own content security policy."""

import threading

import pytest
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server


@pytest.mark.browser
def test_the_page_shows_every_call(app: Flask, chromium: Browser) -> None:
    """All operations are drawn, nothing is complained of, and no other host is asked."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site, told, asked = f"http://127.0.0.1:{server.server_port}", [], []
    try:
        page = chromium.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site}/docs")
        page.wait_for_selector(".opblock")
        shown = page.locator(".opblock-summary-path").all_inner_texts()
        page.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    spec = app.test_client().get("/openapi.json").get_json()
    assert {text.replace("\u200b", "") for text in shown} == set(spec["paths"])
    assert not told
    assert all(url.startswith((site, "data:")) for url in asked)
