"""The page behind the link of an invitation: choose a password, then log in like everybody.

Public, and without a session: the token in the address says whose account it is, for a week and once.
"""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response as BaseResponse

from campaigner.core.db import transaction
from campaigner.core.errors import DomainError
from campaigner.core.i18n import lazy_gettext as _l
from campaigner.core.web import see_other
from campaigner.organisations.account_forms import PasswordForm
from campaigner.staff import invitations
from campaigner.staff.service import PASSWORD_AT_LEAST

bp = Blueprint("welcome", __name__, url_prefix="/<lang:lang>/welcome")


@bp.get("/<token>")
def choose(lang: str, token: str) -> str:
    """The empty form."""
    account = invitations.invited(token)
    return render_template(
        "organisations/welcome.html", form=PasswordForm(formdata=None), name=account.name, least=PASSWORD_AT_LEAST
    )


@bp.post("/<token>")
def accept(lang: str, token: str) -> BaseResponse | tuple[str, int]:
    """Keep the password, and on to the login page."""
    name = invitations.invited(token).name
    form = PasswordForm()
    if form.validate() and form.password.data != form.again.data:
        form.again.errors = [_l("The two passwords are not the same.")]
    elif not form.errors:
        try:
            with transaction():
                invitations.accept(token, password=form.password.data)
        except DomainError as error:
            if error.status != 400:
                raise
            form.password.errors = [error.sentence]
        else:
            return see_other("security.login")
    return render_template("organisations/welcome.html", form=form, name=name, least=PASSWORD_AT_LEAST), 422
