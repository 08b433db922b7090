"""What spam says: sentences by kind and language, from which the messages of `bench.corpus` are put together.

Sites are of the reserved domain .example. The kinds in NEVER_SEEN stand in the held-back part alone:
no filter learned from them and no threshold was tuned on them.
"""

NEVER_SEEN = ("lists", "extortion", "invoice", "love")
KINDS: dict[str, dict[str, str]] = {
    "seo": {
        "en": """
We can bring your website to the first page of Google within thirty days.
I was looking at your website and noticed several errors that hurt your ranking.
Our team of SEO experts offers backlinks from high authority domains.
Your site has great potential but it does not show up in search results.
Shall I send you a free audit report and our price list?
We offer 200 dofollow backlinks for only 99 dollars.
Increase your organic traffic and get more leads with our affordable packages.
Reply with your phone number and the best time to call.
We have helped hundreds of businesses like yours to rank higher.
""",
        "nl": """
Wij brengen uw website binnen dertig dagen op de eerste pagina van Google.
Uw website heeft fouten die uw positie in de zoekresultaten schaden.
Ons team van SEO-experts biedt backlinks van domeinen met hoge autoriteit.
Mag ik u een gratis auditrapport en onze prijslijst sturen?
Meer bezoekers en meer klanten met onze voordelige pakketten.
Wij hielpen al honderden bedrijven zoals het uwe om hoger te scoren.
""",
        "fr": """
Nous plaçons votre site en première page de Google en trente jours.
Votre site comporte des erreurs qui nuisent à votre référencement.
Notre équipe d'experts SEO propose des backlinks de domaines à forte autorité.
Puis-je vous envoyer un audit gratuit et notre liste de prix ?
Plus de trafic et plus de clients avec nos forfaits abordables.
Nous avons aidé des centaines d'entreprises comme la vôtre.
""",
        "es": """
Ponemos su sitio web en la primera página de Google en treinta días.
Su sitio tiene errores que perjudican su posicionamiento.
Nuestro equipo de expertos SEO ofrece backlinks de dominios de alta autoridad.
¿Le envío una auditoría gratuita y nuestra lista de precios?
Más tráfico y más clientes con nuestros paquetes económicos.
Ayudamos a cientos de empresas como la suya.
""",
    },
    "crypto": {
        "en": """
Earn 3.5 bitcoin a week with our automated trading robot, no experience needed.
Your wallet has been credited with 1.2 BTC, confirm the withdrawal here {link}
Invest 250 dollars today and receive 5,000 within seven days, guaranteed.
Join our private Telegram group of crypto millionaires: {link}
Passive income from mining, start now before the offer ends.
This trading platform is approved by banks in Europe.
""",
        "nl": """
Verdien elke week 3,5 bitcoin met onze automatische handelsrobot, zonder ervaring.
Investeer vandaag 250 euro en ontvang gegarandeerd 5.000 binnen zeven dagen.
Uw portefeuille werd gecrediteerd, bevestig de opname hier {link}
Passief inkomen met crypto, begin nu voor het aanbod eindigt.
""",
        "fr": """
Gagnez 3,5 bitcoins par semaine avec notre robot de trading automatique, sans expérience.
Investissez 250 euros aujourd'hui et recevez 5.000 en sept jours, garanti.
Votre portefeuille a été crédité, confirmez le retrait ici {link}
Revenu passif avec la crypto, commencez avant la fin de l'offre.
""",
        "es": """
Gane 3,5 bitcoin por semana con nuestro robot de trading automático, sin experiencia.
Invierta 250 euros hoy y reciba 5.000 en siete días, garantizado.
Su billetera fue acreditada, confirme el retiro aquí {link}
Ingresos pasivos con cripto, empiece antes de que termine la oferta.
""",
    },
    "casino": {
        "en": """
Claim 200 free spins and a 500 euro welcome bonus at our online casino {link}
The best slots and live roulette, instant payout, no deposit required.
Bet on sports with the highest odds and double your first deposit.
Play now and win the jackpot of the week {link}
""",
        "nl": """
Krijg 200 gratis spins en een welkomstbonus van 500 euro in ons online casino {link}
De beste gokkasten en live roulette, directe uitbetaling, geen storting nodig.
Speel nu en win de jackpot van de week {link}
""",
        "fr": """
Recevez 200 tours gratuits et un bonus de bienvenue de 500 euros sur notre casino en ligne {link}
Les meilleures machines à sous et roulette en direct, paiement immédiat.
Jouez maintenant et gagnez le jackpot de la semaine {link}
""",
        "es": """
Reciba 200 giros gratis y un bono de bienvenida de 500 euros en nuestro casino en línea {link}
Las mejores tragamonedas y ruleta en vivo, pago inmediato.
Juegue ahora y gane el premio mayor de la semana {link}
""",
    },
    "loan": {
        "en": """
Do you need an urgent loan? We lend from 5,000 to 500,000 at 2 percent interest.
No credit check and approval within 24 hours, apply by reply.
Business loans and debt consolidation for individuals and companies.
Contact our loan officer on WhatsApp {link}
""",
        "nl": """
Hebt u dringend een lening nodig? Wij lenen van 5.000 tot 500.000 euro aan 2 procent rente.
Geen kredietcontrole en goedkeuring binnen 24 uur, antwoord op dit bericht.
Leningen voor particulieren en bedrijven, neem contact op via WhatsApp {link}
""",
        "fr": """
Avez-vous besoin d'un prêt urgent ? Nous prêtons de 5.000 à 500.000 euros à 2 pour cent.
Offre de prêt entre particuliers, sans vérification, accord en 24 heures.
Contactez notre responsable de crédit par WhatsApp {link}
""",
        "es": """
¿Necesita un préstamo urgente? Prestamos de 5.000 a 500.000 euros al 2 por ciento.
Sin verificación de crédito y aprobación en 24 horas, responda a este mensaje.
Contacte a nuestro oficial de crédito por WhatsApp {link}
""",
    },
    "pharma": {
        "en": """
Buy cheap viagra and cialis without prescription, discreet shipping {link}
Lose 15 kilos in four weeks with this natural pill that doctors hate.
Original medication at 70 percent discount, order online now {link}
""",
        "nl": """
Koop goedkope viagra zonder voorschrift, discreet verzonden {link}
Verlies 15 kilo in vier weken met deze natuurlijke pil.
""",
        "fr": """
Achetez du viagra pas cher sans ordonnance, livraison discrète {link}
Perdez 15 kilos en quatre semaines avec cette pilule.
""",
        "es": """
Compre viagra barata sin receta, envío discreto {link}
Pierda 15 kilos en cuatro semanas con esta pastilla natural.
""",
    },
    "phishing": {
        "en": """
Your mailbox is almost full, verify your account within 24 hours or it will be closed {link}
We detected a suspicious login, confirm your identity here {link}
Your domain expires today, renew it now to avoid suspension {link}
A parcel is waiting for you, pay the customs fee of 1.99 {link}
""",
        "nl": """
Uw mailbox is bijna vol, bevestig uw account binnen 24 uur {link}
Uw pakket wacht, betaal de douanekosten van 1,99 {link}
""",
        "fr": """
Votre boîte est presque pleine, vérifiez votre compte sous 24 heures {link}
Votre colis attend, payez les frais de douane {link}
""",
        "es": """
Su buzón está casi lleno, verifique su cuenta en 24 horas {link}
Su paquete espera, pague la tasa de aduana {link}
""",
    },
    "guest": {
        "en": """
I would like to publish a guest post on your blog with a dofollow link to my client.
What is your price for a sponsored article on your site?
We write unique articles of 1,000 words for free in exchange for a link.
Our agency buys advertising space and link placements on quality websites.
""",
        "fr": """
Je souhaite publier un article invité sur votre blog avec un lien vers mon client.
Quel est votre tarif pour un article sponsorisé ?
""",
        "nl": """
Ik wil graag een gastartikel op uw blog plaatsen met een link naar mijn klant.
Wat is uw tarief voor een gesponsord artikel?
""",
        "es": """
Quisiera publicar un artículo invitado en su blog con un enlace a mi cliente.
¿Cuál es su tarifa por un artículo patrocinado?
""",
    },
    "webdesign": {
        "en": """
We redesign websites for small businesses from 199 dollars, mobile friendly and fast.
Our developers in India build apps and e-commerce stores at low cost.
Would you be interested in a proposal with our portfolio and price?
We also offer explainer videos, logo design and social media management.
""",
        "nl": """
Wij vernieuwen websites voor kleine bedrijven vanaf 199 euro, snel en mobiel.
Interesse in een voorstel met onze portfolio en prijs?
""",
        "fr": """
Nous refaisons des sites web dès 199 euros, rapides et mobiles.
Seriez-vous intéressé par une proposition avec notre portfolio ?
""",
        "es": """
Rediseñamos sitios web desde 199 euros, rápidos y móviles.
¿Le interesa una propuesta con nuestro portafolio y precio?
""",
    },
    "lists": {
        "en": """
We have a verified database of 40,000 decision makers in your industry with direct dials.
Let me know your target geography and I will share counts and cost.
Fresh opt-in contacts in Excel, delivered within two days.
""",
    },
    "extortion": {
        "en": """
I hacked your device and recorded you through your camera while you visited adult sites.
Send 900 dollars in bitcoin to this address or all your contacts will see the video.
You have 48 hours, I will know when you opened this message.
""",
        "fr": """
J'ai piraté votre appareil et je vous ai filmé avec votre caméra.
Envoyez 900 euros en bitcoin ou vos contacts verront la vidéo.
""",
    },
    "invoice": {
        "en": """
Please find the overdue invoice, pay within 24 hours to avoid legal action {link}
Your subscription was renewed for 399.99, call us to cancel.
""",
        "nl": """
Bijgevoegd de openstaande rekening, betaal binnen 24 uur om kosten te vermijden {link}
Uw abonnement werd vernieuwd voor 399,99, bel om te annuleren.
""",
    },
    "love": {
        "en": """
Hello dear, I saw your profile and want to know you better, write me at my private mail.
I am a lonely lady of 28 looking for a serious man, see my photos {link}
""",
        "es": """
Hola querido, vi tu perfil y quiero conocerte, escríbeme a mi correo privado.
Soy una chica sola de 28 años, mira mis fotos {link}
""",
    },
}  # fmt: skip
RUSSIAN = [
    "Продажа и раскрутка сайтов, прогон по каталогам недорого {link}",
    "Лучшие онлайн казино с быстрым выводом денег {link}",
    "Купить диплом с занесением в реестр {link}",
]
HOSTS = [
    "top-offers.example",
    "best-deal.example",
    "win-now.example",
    "rank-boost.example",
    "coinz.example",
    "bonus.example",
]
SHORT = ["bit.ly/3xQk{n}", "t.me/deal{n}", "cutt.ly/a{n}", "wa.me/3247{n}", "tinyurl.com/z{n}"]
