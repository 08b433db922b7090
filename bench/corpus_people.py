"""What people write, in four languages: sentences from which the messages of `bench.corpus` are put together.

All of it is made up. Some of it uses the words of spam on purpose (loans, casinos, invoices, links):
unions write about those too.
"""

OPENINGS = {
    "nl": ["Dag allemaal,", "Beste,", "Hallo,", "Goeiedag,", "Beste collega's,", ""],
    "fr": ["Bonjour,", "Chers amis,", "Salut à toutes et tous,", "Madame, Monsieur,", "Camarades,", ""],
    "en": ["Hello,", "Dear all,", "Good morning,", "Dear friends,", "Hi there,", ""],
    "es": ["Hola,", "Buenos días,", "Estimadas compañeras,", "Saludos,", "Queridos amigos,", ""],
}
CLOSINGS = {
    "nl": ["Groeten, {name}", "Alvast bedankt, {name}", "Solidaire groeten, {name}",
           "{name}", "Vriendelijke groet, {name}"],
    "fr": ["Bien à vous, {name}", "Merci d'avance, {name}", "Salutations solidaires, {name}",
           "{name}", "Cordialement, {name}"],
    "en": ["Best wishes, {name}", "Thank you, {name}", "In solidarity, {name}", "{name}", "Kind regards, {name}"],
    "es": ["Un saludo, {name}", "Gracias, {name}", "Saludos solidarios, {name}", "{name}", "Un abrazo, {name}"],
}  # fmt: skip
SAID = {
    "nl": """
Onze afdeling in {place} wil de affiche van de naaisters uithangen in de kantine.
Kunnen wij een QR-code krijgen die onze eigen handtekeningen telt?
Ik heb vorige week de petitie getekend maar nog geen bevestiging ontvangen.
Wanneer wordt de petitie overhandigd, en mogen wij erbij zijn?
Op de pagina over de bananenplukkers staat een fout in de tweede alinea.
Wij zoeken een spreker voor onze ledenavond op {day} in {place}, voor een zestigtal mensen.
Graag had ik geweten welke gegevens jullie van mij bewaren.
Kunnen jullie mijn adres uit alle lijsten halen? Ik verhuis naar het buitenland.
De knop om te bevestigen werkt niet op mijn telefoon, een oude Samsung.
Ik ben journalist bij een weekblad en schrijf over de staking in de haven.
Mijn deadline is {day} om vier uur, u kunt mij bellen op {phone}.
Wij hebben in het bedrijf {number} handtekeningen op papier verzameld, waar mogen die naartoe?
Mijn moeder van tachtig wil ook tekenen maar heeft geen e-mail, kan dat op papier?
Dank je wel voor de mooie avond in {place}, het verhaal van de vakbondsvrouw heeft ons geraakt.
Ik vind het jammer dat jullie niets zeggen over de toestand bij onze eigen leveranciers.
Wij willen met de delegatie geld inzamelen voor het stakingsfonds, hoe gaat dat met een fiscaal attest?
De factuur van de affiches hebben we nog niet gekregen, kunnen jullie die opnieuw sturen?
Onze militanten willen de widget op hun site zetten, die draait op WordPress.
Is het waar dat het bedrijf intussen met de vakbond onderhandelt?
In de kranten lees ik dat de fabriek sluit, klopt dat?
Ik werk zelf in een casino en onze werkgever weigert ook met de vakbond te praten.
De arbeiders zitten vast aan een lening bij de opzichter, dat is moderne slavernij.
Mogen we jullie foto's gebruiken in ons ledenblad, met vermelding?
De link in de mail van gisteren geeft een foutmelding: {link}
Ik schrijf namens een klas van het zesde middelbaar die een werkstuk maakt over eerlijke kledij.
Kunnen jullie ons {number} folders sturen naar het secretariaat in {place}?
Ik kreeg twee keer dezelfde mail, misschien sta ik dubbel in het bestand.
Wij betogen op {day} en dragen een spandoek mee voor de collega's in het Zuiden.
De gemeenteraad van {place} wil een motie stemmen, hebben jullie een modeltekst?
Er staat iemand met mijn naam op de lijst, maar dat ben ik niet.
""",
    "fr": """
Notre section à {place} voudrait afficher la campagne des couturières dans la cantine.
Pouvons-nous recevoir un code QR qui compte nos propres signatures ?
J'ai signé la pétition la semaine passée mais je n'ai pas reçu de confirmation.
Quand la pétition sera-t-elle remise, et pouvons-nous y assister ?
Il y a une erreur dans le deuxième paragraphe de la page sur les cueilleurs de bananes.
Nous cherchons un orateur pour notre assemblée du {day} à {place}, une soixantaine de personnes.
Je voudrais savoir quelles données vous conservez à mon sujet.
Pouvez-vous retirer mon adresse de toutes vos listes ? Je déménage à l'étranger.
Le bouton de confirmation ne fonctionne pas sur mon téléphone, un vieux Samsung.
Je suis journaliste et j'écris un article sur la grève au port.
Mon délai est le {day} à seize heures, vous pouvez m'appeler au {phone}.
Nous avons récolté {number} signatures sur papier dans l'entreprise, où faut-il les envoyer ?
Ma mère de quatre-vingts ans veut signer aussi mais n'a pas d'adresse mail, est-ce possible sur papier ?
Merci pour la belle soirée à {place}, le récit de la syndicaliste nous a touchés.
Je regrette que vous ne disiez rien de la situation chez nos propres fournisseurs.
La délégation veut récolter de l'argent pour la caisse de grève, comment obtenir une attestation fiscale ?
Nous n'avons pas encore reçu la facture des affiches, pouvez-vous la renvoyer ?
Nos militants veulent mettre le widget sur leur site, qui tourne sous WordPress.
Est-il vrai que l'entreprise négocie maintenant avec le syndicat ?
Je lis dans les journaux que l'usine ferme, est-ce exact ?
Je travaille moi-même dans un casino et notre patron refuse aussi de parler au syndicat.
Les ouvriers sont prisonniers d'un prêt du contremaître, c'est de l'esclavage moderne.
Pouvons-nous utiliser vos photos dans notre journal, avec mention de la source ?
Le lien dans le mail d'hier donne un message d'erreur : {link}
J'écris au nom d'une classe de terminale qui prépare un travail sur les vêtements équitables.
Pouvez-vous nous envoyer {number} dépliants au secrétariat de {place} ?
J'ai reçu deux fois le même mail, je suis peut-être en double dans le fichier.
Nous manifestons le {day} avec une banderole pour les collègues du Sud.
Le conseil communal de {place} veut voter une motion, avez-vous un texte modèle ?
Quelqu'un figure sur la liste sous mon nom, mais ce n'est pas moi.
""",
    "en": """
Our branch in {place} would like to put up the poster of the seamstresses in the canteen.
Could we have a QR code that counts our own signatures?
I signed the petition last week but never got a confirmation.
When will the petition be handed over, and may we be there?
There is a mistake in the second paragraph of the page about the banana pickers.
We are looking for a speaker for our members' evening on {day} in {place}, about sixty people.
I would like to know which data you keep about me.
Could you take my address off all lists? I am moving abroad.
The button to confirm does not work on my phone, an old Samsung.
I am a journalist with a weekly and write about the strike in the port.
My deadline is {day} at four, you can call me on {phone}.
We collected {number} signatures on paper at work, where should they go?
My mother is eighty and wants to sign too but has no e-mail, can she do it on paper?
Thank you for the lovely evening in {place}, the story of the union woman moved us.
It is a pity that you say nothing about conditions at our own suppliers.
Our shop stewards want to raise money for the strike fund, how does the tax certificate work?
We have not received the invoice for the posters yet, could you send it again?
Our activists want to put the widget on their site, which runs on WordPress.
Is it true that the company now negotiates with the union?
I read in the papers that the factory closes, is that right?
I work in a casino myself and our employer refuses to talk to the union as well.
The workers are trapped by a loan from the foreman, that is modern slavery.
May we use your pictures in our members' magazine, with a credit?
The link in yesterday's mail gives an error: {link}
I write on behalf of a class of seventeen-year-olds doing a project on fair clothes.
Could you send us {number} leaflets to the office in {place}?
I got the same mail twice, perhaps I am in your file double.
We march on {day} and carry a banner for the colleagues in the South.
The town council of {place} wants to vote a motion, do you have a model text?
Somebody is on the list with my name, but it is not me.
""",
    "es": """
Nuestra sección en {place} quiere colgar el afiche de las costureras en el comedor.
¿Podemos recibir un código QR que cuente nuestras propias firmas?
Firmé la petición la semana pasada pero no recibí la confirmación.
¿Cuándo se entrega la petición, y podemos estar presentes?
Hay un error en el segundo párrafo de la página sobre los recolectores de banano.
Buscamos una persona que hable en nuestra asamblea del {day} en {place}, unas sesenta personas.
Quisiera saber qué datos guardan ustedes sobre mí.
¿Pueden quitar mi dirección de todas las listas? Me mudo al extranjero.
El botón de confirmar no funciona en mi teléfono, un Samsung viejo.
Soy periodista y escribo sobre la huelga en el puerto.
Mi cierre es el {day} a las cuatro, me pueden llamar al {phone}.
Juntamos {number} firmas en papel en la empresa, ¿adónde las enviamos?
Mi madre tiene ochenta años y quiere firmar pero no tiene correo, ¿se puede en papel?
Gracias por la hermosa noche en {place}, la historia de la sindicalista nos conmovió.
Lamento que no digan nada de la situación de nuestros propios proveedores.
La delegación quiere reunir dinero para el fondo de huelga, ¿cómo funciona el certificado fiscal?
Todavía no recibimos la factura de los afiches, ¿la pueden enviar de nuevo?
Nuestros militantes quieren poner el widget en su sitio, que funciona con WordPress.
¿Es cierto que la empresa negocia ahora con el sindicato?
Leo en los diarios que la fábrica cierra, ¿es así?
Yo trabajo en un casino y nuestro patrón tampoco quiere hablar con el sindicato.
Los obreros están atrapados por un préstamo del capataz, es esclavitud moderna.
¿Podemos usar sus fotos en nuestra revista, citando la fuente?
El enlace del correo de ayer da un error: {link}
Escribo en nombre de una clase que hace un trabajo sobre ropa justa.
¿Nos pueden enviar {number} folletos a la oficina de {place}?
Recibí dos veces el mismo correo, quizás estoy repetido en el fichero.
Marchamos el {day} con una pancarta por los compañeros del Sur.
El concejo de {place} quiere votar una moción, ¿tienen un texto modelo?
Alguien está en la lista con mi nombre, pero no soy yo.
""",
}
# Hard ones: what real people send that looks odd to a program.
ODD = {
    "nl": ["WAAROM ANTWOORDT NIEMAND OP MIJN MAILS, DIT IS DE DERDE KEER DAT IK SCHRIJF OVER DE PETITIE",
           "Bedankt!", "ok",
           "Zie https://krant.example/a, https://krant.example/b, https://bond.example/c: klopt dat?"],
    "fr": ["POURQUOI PERSONNE NE RÉPOND À MES MESSAGES, C'EST LA TROISIÈME FOIS QUE J'ÉCRIS POUR LA PÉTITION",
           "Merci !", "ok",
           "Voir https://journal.example/a, https://journal.example/b et https://syndicat.example/c : exact ?"],
    "en": ["WHY DOES NOBODY ANSWER MY MESSAGES, THIS IS THE THIRD TIME I WRITE ABOUT THE PETITION",
           "Thanks!", "ok",
           "See https://paper.example/a and https://paper.example/b and https://union.example/c: is it so?"],
    "es": ["POR QUÉ NADIE CONTESTA MIS MENSAJES, ES LA TERCERA VEZ QUE ESCRIBO POR LA PETICIÓN",
           "¡Gracias!", "ok",
           "Vean https://diario.example/a y https://diario.example/b y https://gremio.example/c: ¿es así?"],
}  # fmt: skip
OTHER_SCRIPT = [
    "السلام عليكم، نحن نقابة عاملات النسيج ونريد أن نشارك في الحملة ونشكركم على تضامنكم معنا.",
    "Здравствуйте, мы профсоюз горняков и хотели бы перевести вашу петицию на наш язык.",
    "வணக்கம், நாங்கள் தேயிலைத் தோட்டத் தொழிலாளர் சங்கம், உங்கள் ஆதரவுக்கு நன்றி.",
]
NAMES = ["Greet", "Fatiha", "Luc", "Marie-Claire", "José", "Rosa", "An", "Moussa", "Peter", "Inés", "Jean", "Sofie"]
PLACES = ["Gent", "Antwerpen", "Luik", "Namur", "Brussel", "Hasselt", "Charleroi", "Tegucigalpa", "Manila", "Leuven"]
DAYS = ["12 mei", "le 3 juin", "1 May", "20 de abril", "zaterdag", "samedi", "Friday", "el viernes"]
