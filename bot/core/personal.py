"""Personal and secret data: by a column's name, and by the shape of a value. Pure; keeps nothing it sees.

Checksums: cards by Luhn (ISO/IEC 7812-1, annex B), IBANs by the remainder of 97 (ISO 13616).
"""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_address
from unicodedata import combining, normalize


class Personal(StrEnum):
    """A kind of data that people or laws care about."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    ADDRESS = "address"
    BIRTH = "birth date"
    IDENTITY = "national or tax id"
    CARD = "card number"
    IBAN = "bank account"
    IP = "IP address"
    SECRET = "password, secret or token"  # noqa: S105


#: Words of column names, without accents, in English, German, French, Spanish, Portuguese, Italian, Dutch,
#: Polish and Turkish. A word with "_" is a row of words that stand side by side.
_WORDS = {
    Personal.EMAIL: "email mail e_mail emails correo courriel posta_elettronica poczta eposta e_posta",
    Personal.PHONE: "phone telephone mobile cell_phone fax msisdn telefon telefonnummer handy mobilnummer"
    " portable telefono celular movil telefone telemovel cellulare telefoon mobiel komorka cep_telefonu"
    " phonenumber mobilephone",
    Personal.NAME: "firstname lastname surname fullname forename first_name last_name full_name given_name"
    " family_name middle_name maiden_name vorname nachname familienname geburtsname prenom nom_famille"
    " nombre apellido apellidos nome sobrenome apelido cognome voornaam achternaam imie nazwisko soyad"
    " cardholder",
    Personal.ADDRESS: "address street postcode zip zipcode postal_code zip_code adresse strasse plz"
    " anschrift hausnummer rue code_postal direccion calle codigo_postal endereco rua cep indirizzo"
    " via_civico adres straat huisnummer ulica kod_pocztowy adresi mahalle latitude longitude",
    Personal.BIRTH: "birthdate birthday dob birth_date date_of_birth birth_year geburtsdatum geburtstag"
    " geboren naissance date_naissance nacimiento fecha_nacimiento nascimento data_nascimento nascita"
    " data_nascita geboortedatum data_urodzenia dogum_tarihi",
    Personal.IDENTITY: "ssn social_security nino national_id tax_id taxid vat_id passport passport_number"
    " drivers_license driver_license id_card steuernummer steuer_id steuerid sozialversicherungsnummer"
    " ausweisnummer reisepass nir numero_fiscal dni nie nif cpf cnpj rg codice_fiscale partita_iva bsn pesel"
    " nip tckn kimlik_no tc_kimlik",
    Personal.CARD: "card_number cardnumber credit_card creditcard ccnumber cc_number pan cvv cvc kartennummer"
    " kreditkarte numero_carte tarjeta numero_tarjeta cartao numero_cartao carta_credito kaartnummer",
    Personal.IBAN: "iban bic account_number bank_account routing_number sort_code kontonummer bankverbindung"
    " compte_bancaire cuenta_bancaria conta_bancaria conto_bancario rekeningnummer numer_konta",
    Personal.IP: "ip ipaddr ipaddress ip_address ip_addr remote_addr client_ip ip_adresse",
    Personal.SECRET: "password passwd pwd passphrase secret token apikey api_key private_key access_key pin"
    " password_hash password_digest salt otp totp credential credentials passwort kennwort geheimnis"
    " mot_passe motdepasse contrasena clave senha palavra_passe wachtwoord haslo sifre parola",
}
_BY_WORDS = [(kind, tuple(words.split("_"))) for kind, several in _WORDS.items() for words in several.split()]
#: A bare "name" is personal in a table of people.
_NAMES = frozenset({"name", "nom", "naam", "isim", "ad", "nazwa"})
_PEOPLE = frozenset(
    {"user", "customer", "client", "person", "people", "employee", "member", "contact", "patient", "student"}
    | {
        "account",
        "subscriber",
        "author",
        "benutzer",
        "kunde",
        "kunden",
        "mitarbeiter",
        "mitglied",
        "mitglieder",
    }
    | {"personen", "utilisateur", "usuario", "cliente", "clienti", "persona", "pessoa", "klant", "klanten"}
    | {"medewerker", "klient", "klienci", "uzytkownik", "kullanici", "musteri"}
)
#: A word that says the column is about the data, and does not hold it.
_ABOUT = frozenset(
    {"count", "verified", "confirmed", "enabled", "valid", "type", "sent", "expires", "at", "on"}
)
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
#: Letters that are no letter with an accent, and are written in other ways too.
_FOLDED = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "æ": "ae", "œ": "oe"})

_EMAIL = re.compile(r"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}")
_PHONE = re.compile(r"\+\d[\d ()./-]{6,20}\d|\(\d{2,5}\)[\d ./-]{5,14}\d|0\d{1,4}[ /-]\d[\d ./-]{4,14}\d")
_CARD = re.compile(r"(?:\d[ -]?){12,18}\d")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_SECRETS = re.compile(
    r"\$2[abxy]?\$\d\d\$.{20,}|\$(?:argon2\w*|scrypt|5|6|y|1)\$.{8,}|pbkdf2[_:$].{8,}|\{?(?:SSHA|SCRAM-SHA-256)[$}].+"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}.*|(?:AKIA|ASIA)[A-Z0-9]{16}|xox[abeprs]-.{8,}|gh[pousr]_\w{20,}"
    r"|sk_(?:live|test)_\w{8,}|-----BEGIN .*PRIVATE KEY-----.*",
    re.DOTALL,
)


def by_name(table: str, column: str) -> Personal | None:
    """The kind that a column's name says; None when it says none."""
    tokens = _tokens(column)
    if not tokens or tokens[-1] in _ABOUT:
        return None
    # "ip_address" is more than "address": the longest row of words decides.
    said = [(len(words), kind) for kind, words in _BY_WORDS if _has(tokens, words)]
    if said:
        return max(said, key=lambda found: found[0])[1]
    if _NAMES.intersection(tokens[-1:]) and _people([*_tokens(table), *tokens[:-1]]):
        return Personal.NAME
    return None


def by_shape(value: str) -> Personal | None:
    """The kind that one value looks like; None when it looks like none."""
    text = value.strip()
    if not 7 <= len(text) <= 4000:
        return None
    if _EMAIL.fullmatch(text):
        return Personal.EMAIL
    if _SECRETS.fullmatch(text):
        return Personal.SECRET
    if _is_iban(text.replace(" ", "").upper()):
        return Personal.IBAN
    if _CARD.fullmatch(text) and _is_card(re.sub(r"\D", "", text)):
        return Personal.CARD
    if _SSN.fullmatch(text):
        return Personal.IDENTITY
    if _is_ip(text):
        return Personal.IP
    return Personal.PHONE if _PHONE.fullmatch(text) else None


def _people(tokens: list[str]) -> bool:
    return any(token in _PEOPLE or token.removesuffix("s") in _PEOPLE for token in tokens)


def _has(tokens: list[str], words: tuple[str, ...]) -> bool:
    return any(tuple(tokens[i : i + len(words)]) == words for i in range(len(tokens)))


def _tokens(name: str) -> list[str]:
    """Its words in lower case and without accents: "billingEmail", "BILLING_EMAIL", "prénom"."""
    plain = normalize("NFKD", name.translate(_FOLDED))
    return [word.lower() for word in _TOKEN.findall("".join(c for c in plain if not combining(c)))]


def _is_card(digits: str) -> bool:
    """13 to 19 digits of a known range whose Luhn sum is right."""
    if not re.fullmatch(r"(?:4|5[1-5]|2[2-7]|3[4-9]|6)\d{12,18}", digits) or len(set(digits)) < 2:
        return False
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _is_ip(text: str) -> bool:
    try:
        ip_address(text.partition("/")[0])
    except ValueError:
        return False
    return True
