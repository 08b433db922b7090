"""A real WordPress: Debian's package, on PHP's own server, with a MariaDB of its own in a temporary folder.

Nothing of it leaves this machine: updates and schedules are off, and it may fetch from 127.0.0.1 alone. A real
site needs none of `LOCAL`: WordPress refuses to fetch from loopback and odd ports, which is where a test stands.
"""

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from tests.conftest import _free_port

SOURCE, PLUGIN = Path("/usr/share/wordpress"), Path(__file__).parent.parent.parent / "deploy/wordpress/campaigner"
PROGRAMS = ("php", "mariadbd", "mariadb-install-db")
PATIENCE = 60.0
CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_CHARSET', 'utf8mb4');
define('DB_HOST', 'localhost:{socket}'); define('DB_COLLATE', ''); $table_prefix = 'wp_';
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}'); define('WP_CONTENT_DIR', __DIR__ . '/wp-content');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_DEBUG', false);
define('AUTH_KEY', 'a'); define('SECURE_AUTH_KEY', 'b'); define('LOGGED_IN_KEY', 'c'); define('NONCE_KEY', 'd');
define('AUTH_SALT', 'e'); define('SECURE_AUTH_SALT', 'f'); define('LOGGED_IN_SALT', 'g'); define('NONCE_SALT', 'h');
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
LOCAL = "<?php add_filter('http_allowed_safe_ports', fn($ports) => [...$ports, {port}]);"
THEME = """<!doctype html><html <?php language_attributes(); ?>><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><?php wp_head(); ?></head><body><main>
<?php while (have_posts()) { the_post(); the_title('<h1>', '</h1>'); the_content(); } ?>
</main><?php wp_footer(); ?></body></html>
"""
INSTALL = """define('WP_INSTALLING', true); require '{folder}/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Afdeling', 'beheer', 'beheer@afdeling.example', true, '', 'geheim'); switch_theme('kaal');"""
POST = """require '{folder}/wp-load.php'; wp_set_current_user(1);
echo wp_insert_post(['post_title' => 'Onze mensen', 'post_status' => 'publish', 'post_content' => $argv[1]]);"""
TRUST = """require '{folder}/wp-load.php'; update_option('campaigner_url', '{ours}');
update_option('active_plugins', ['campaigner/campaigner.php']);"""


@dataclass
class WordPress:
    """A running site."""

    url: str
    folder: Path
    ours: str

    def publish(self, content: str) -> str:
        """Publish a post with this text, as its author pasted it. Returns its address."""
        return f"{self.url}/?p={self._php(POST, content).strip()}"

    def trust(self) -> None:
        """Switch our plugin on, with our address filled in."""
        self._php(TRUST)

    def _php(self, program: str, *arguments: str) -> str:
        code = program.replace("{folder}", str(self.folder)).replace("{ours}", self.ours)
        done = subprocess.run(
            ["php", "-r", code, "--", *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def missing() -> str | None:
    """What a WordPress needs and this machine has not."""
    lacking = [name for name in PROGRAMS if not shutil.which(name)]
    lacking += [] if (SOURCE / "wp-settings.php").exists() else ["wordpress"]
    return (
        f"{', '.join(lacking)} not there (apt install wordpress php-cli php-mysql mariadb-server)" if lacking else None
    )


@contextmanager
def running(folder: Path, *, ours: str) -> Iterator[WordPress]:
    """Set one up and run it. `ours` is the address it may fetch from."""
    url = f"http://127.0.0.1:{_free_port()}"
    site, socket = folder / "site", folder / "db.sock"
    _lay_out(site, url=url, socket=socket, port=ours.rpartition(":")[2])
    log = (folder / "log").open("w")
    database = subprocess.Popen(_database(folder, socket), stdout=log, stderr=log)
    web = None
    try:
        _until(lambda: _answers(socket))
        found = WordPress(url, site, ours)
        found._php(INSTALL)
        server = ["php", "-S", url.removeprefix("http://"), "-t", str(site)]
        web = subprocess.Popen(server, stdout=log, stderr=log, env={**os.environ, "PHP_CLI_SERVER_WORKERS": "3"})
        _until(lambda: _opens(f"{url}/"))
        yield found
    finally:
        for process in filter(None, (web, database)):
            process.terminate()
            process.wait(30)
        log.close()


def _lay_out(site: Path, *, url: str, socket: Path, port: str) -> None:
    shutil.copytree(
        SOURCE, site, symlinks=False, ignore_dangling_symlinks=True, ignore=shutil.ignore_patterns("themes")
    )
    (site / "wp-config.php").write_text(CONFIG.replace("{socket}", str(socket)).replace("{url}", url))
    theme, always = site / "wp-content/themes/kaal", site / "wp-content/mu-plugins"
    for folder in (theme, always):
        folder.mkdir(parents=True, exist_ok=True)
    (theme / "style.css").write_text("/* Theme Name: Kaal */")
    (theme / "index.php").write_text(THEME)
    (always / "local.php").write_text(LOCAL.replace("{port}", port))
    shutil.copytree(PLUGIN, site / "wp-content/plugins/campaigner")


def _database(folder: Path, socket: Path) -> list[str]:
    """An empty database, ready to be started."""
    where = [f"--datadir={folder / 'db'}", f"--user={'root' if os.geteuid() == 0 else os.environ.get('USER', '')}"]
    made = ["mariadb-install-db", "--no-defaults", *where, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(made, check=True, capture_output=True, timeout=PATIENCE)
    (folder / "first.sql").write_text("CREATE DATABASE IF NOT EXISTS wp;")
    return [
        "mariadbd", "--no-defaults", *where, f"--socket={socket}", "--skip-networking",
        f"--pid-file={folder / 'db.pid'}", f"--init-file={folder / 'first.sql'}", "--innodb-flush-log-at-trx-commit=0",
    ]  # fmt: skip


def _answers(socket: Path) -> bool:
    line = f"@mysqli_connect('localhost', 'root', '', 'wp', 0, '{socket}')"
    asked = f"mysqli_report(MYSQLI_REPORT_OFF); exit({line} ? 0 : 1);"
    return subprocess.run(["php", "-r", asked], capture_output=True, check=False, timeout=PATIENCE).returncode == 0


def _opens(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


def _until(look: object) -> None:
    assert callable(look)
    deadline = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < deadline, "WordPress did not start"
        time.sleep(0.2)
