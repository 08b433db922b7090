"""What the sample data and the panel must agree on. For the demo only: made-up people, this machine."""

STAFF_EMAIL = "team@voorbeeld.example"
STAFF_PASSWORD = "brood-en-rozen-1912"  # noqa: S105 - not a secret: the panel shows it
CAMPAIGN_SLUG = "voorbeeld-meloenplukkers"
# The placement of Afdeling Leiestreek for the campaign above: the key in its site's embed snippet.
LOCAL_SLUG = "leiestreek"
WIDGET_KEY = "leiestreekvoorbeeld"
