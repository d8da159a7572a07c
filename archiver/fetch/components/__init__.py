"""What Scrapy calls: add-on, spiders, scheduler, middlewares, extension."""
