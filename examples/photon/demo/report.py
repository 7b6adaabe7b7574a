"""List a newspaper's articles with those who wrote and edited them, the newest first."""

import photon

with photon.connect("news.lift") as db:
    if not db.Person.count():
        ed = db.Person.create(email="ed@example.com", role="EDITOR")
        articles = [{"title": "Rain", "editor": ed["id"]}, {"title": "Sun"}]
        db.Person.create(email="wilma@example.com", articles=articles)
    for article in db.Article.find_many(order_by="-created", include=("author", "editor")):
        print(article["title"], "by", article["author"]["email"])
