"""What the sample data, the panel and the login page must agree on. For the demo only: made-up people, this machine."""

from campaigner.config import DEMO_LOGIN

STAFF_EMAIL, STAFF_PASSWORD = DEMO_LOGIN
LOCAL_EMAIL = "delegee@voorbeeld.example"  # of the local below, with the same password
CAMPAIGN_SLUG = "voorbeeld-meloenplukkers"
# The placement of Afdeling Leiestreek for the campaign above: the key in its site's embed snippet.
LOCAL_SLUG = "leiestreek"
WIDGET_KEY = "leiestreekvoorbeeld"
